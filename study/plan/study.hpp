// SPDX-License-Identifier: Apache-2.0
// A study: a base scenario, axes over any of its keys, constraints, and what to look at. docs/studies.md
// describes the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/document.hpp"
#include "core/units.hpp"
#include "study/plan/expression.hpp"

namespace waferloom::study {

/// A key with a value as a user would write it. The key `base` chooses the base scenario.
struct Setting {
  std::string key;
  std::string value;
  core::config::Location where{};  ///< of the value, in the study; none where nobody wrote it
  friend bool operator==(const Setting& a, const Setting& b) { return a.key == b.key && a.value == b.value; }
};

/// A range from which values are drawn where the study samples.
struct Interval {
  double from = 0;  ///< in base units of `dimension`
  double to = 0;
  core::Dimension dimension = core::Dimension::none;
  bool logarithmic = false;
  bool whole = false;  ///< only whole numbers of base units
};

/// What varies together: one key, or several whose values belong together. A point takes one of the choices.
struct Axis {
  std::vector<std::string> keys;
  std::vector<std::vector<Setting>> choices;  ///< one setting per key, in the keys' order
  std::optional<Interval> interval;           ///< of an axis that was written as a range
};

/// Points are drawn at random instead of taken from the grid.
struct Sample {
  std::uint64_t points = 0;
  std::uint64_t seed = 1;
};

struct Derived {
  std::string key;
  Expression value;
  core::config::Location where;
};

struct Constraint {
  Expression expression;
  core::config::Location where;
  bool on_metrics = false;  ///< can be judged only after the run
};

struct Objective {
  std::string metric;
  bool maximize = false;
};

/// The best points again at a finer fidelity, with what makes the scenario small enough for it.
struct Confirmation {
  std::uint64_t best = 0;
  std::vector<Setting> settings;
};

struct Study {
  std::string name;
  std::string description;
  std::filesystem::path file;
  std::filesystem::path base;   ///< scenario file
  std::vector<Setting> common;  ///< overrides of every point
  std::vector<Axis> axes;
  std::optional<Sample> sample;
  std::vector<Derived> derived;
  std::vector<Constraint> constraints;
  std::vector<std::string> metrics;
  std::vector<Objective> objectives;
  bool skip_invalid = false;  ///< points that are no valid scenario are left out instead of refused
  bool keep_runs = false;     ///< every point's results directory stays
  std::optional<Confirmation> confirmation;
};

/// Reads a study file. Throws core::InputError with all that is wrong with it, one line each.
[[nodiscard]] Study load_study(const std::filesystem::path& file);

/// The study file that `argument` names: a path, or the name of one that comes with the program.
[[nodiscard]] std::filesystem::path find_study(const std::string& argument);

}  // namespace waferloom::study
