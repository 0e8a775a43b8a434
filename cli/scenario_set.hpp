// SPDX-License-Identifier: Apache-2.0
// A file that names scenarios (`scenarios: [a, b]`): `waferloom run` runs each in a process of its own and sets
// their results beside each other in a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace waferloom::cli {

struct ScenarioSet {
  std::string name;
  std::vector<std::string> scenarios;  ///< paths
  std::vector<std::string> places;     ///< of each in the set's file: `file:line:column`
};

/// The set that `argument` (a path or a shipped name) is; none if it is a scenario. Throws core::InputError with
/// all that is wrong with a set. What comes through a pipe is read once, as a scenario.
[[nodiscard]] std::optional<ScenarioSet> find_set(const std::string& argument);

/// Loads all of them with `overrides`. Throws core::InputError where one cannot be run in a set.
void check_set(const ScenarioSet& set, const std::vector<std::string>& overrides);

struct SetRun {
  std::string out;                     ///< the set's directory; empty: the usual one
  std::vector<std::string> overrides;  ///< each `KEY=VALUE`
  bool report = false;                 ///< of each run
  Output output;
};

/// Runs all of them into directories below that of `how`, and writes table.csv there.
/// Throws core::Error with the first failure's status; what ran before it stays.
void run_set(const ScenarioSet& set, const SetRun& how);

}  // namespace waferloom::cli
