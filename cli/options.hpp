// SPDX-License-Identifier: Apache-2.0
// Options that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

/// A scenario on the command line with its overrides.
struct ScenarioArguments {
  std::string scenario;                ///< path or name
  std::vector<std::string> overrides;  ///< each `KEY=VALUE`

  /// Throws core::InputError with all that is wrong.
  [[nodiscard]] wafer::Scenario load() const;
};

/// Adds the argument SCENARIO and the option `--set` to `command`; `arguments` must outlive the parsing.
void add_scenario_arguments(CLI::App& command, ScenarioArguments& arguments);

}  // namespace waferloom::cli
