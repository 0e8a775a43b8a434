// SPDX-License-Identifier: Apache-2.0
// What a study runs: its points, each with a digest of everything its result depends on. plan.json in the
// study's directory holds it, so that points may run elsewhere and be collected later without the study file.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/config/origin.hpp"
#include "study/plan/study.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::study {

struct PlannedPoint {
  std::uint64_t number = 0;       ///< from 1
  std::vector<Setting> settings;  ///< one per column of the plan
  std::string digest;             ///< of the effective configuration, the files it names and the program
  friend bool operator==(const PlannedPoint&, const PlannedPoint&) = default;
};

struct PlannedAxis {
  std::vector<std::string> keys;
  bool is_interval = false;  ///< values were drawn from a range
  friend bool operator==(const PlannedAxis&, const PlannedAxis&) = default;
};

struct Plan {
  std::string name;
  std::string description;
  std::string base;  ///< scenario
  std::vector<PlannedAxis> axes;
  std::vector<std::string> columns;      ///< keys of the axes, then derived ones
  std::vector<std::string> base_values;  ///< of the columns, in the base scenario
  std::vector<std::string> metrics;
  std::vector<Objective> objectives;
  std::vector<std::string> metric_constraints;
  std::vector<std::string> constraints;  ///< on keys alone: what they exclude is not among the points
  bool sampled = false;
  bool keep_runs = false;
  std::uint64_t excluded = 0;  ///< points that a constraint excludes
  std::uint64_t invalid = 0;   ///< points that are no valid scenario, skipped
  std::string problems;        ///< of the first of these, for people
  std::vector<PlannedPoint> points;
};

/// Points before constraints, at most the largest number that the type holds.
[[nodiscard]] std::uint64_t count_points(const Study& study);

/// The plan of a study before it has points.
[[nodiscard]] Plan empty_plan(const Study& study);

/// What the points of a study share while they are checked: files that are read once, and programs that are prepared
/// once (wafer/prepare/prepare.hpp). Threads may share it.
class PointChecks {
 public:
  /// Throws core::InputError where a run would before time runs.
  void check(const wafer::Scenario& scenario);
  [[nodiscard]] core::config::Documents& documents() { return documents_; }

 private:
  /// What is wrong with a program; the place differs from point to point where values are named.
  struct Verdict {
    std::optional<core::config::KeyError> values;
    std::string other;  ///< empty: nothing
  };
  [[nodiscard]] static Verdict judge(const wafer::Scenario& scenario);

  core::config::Documents documents_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_future<Verdict>> known_;  ///< by configuration
};

/// Adds the point with these settings of the axes; derived ones follow from them. False where a constraint
/// excludes it. Throws core::InputError where it is no valid scenario.
bool add_point(const Study& study, Plan& plan, PointChecks& checks, std::vector<Setting> settings);

/// Checks every point as `waferloom check` does, by `threads` threads. `progress` hears how many are checked. Throws
/// core::InputError when points are no valid scenarios (unless the study skips them) or none is left.
[[nodiscard]] Plan make_plan(const Study& study, std::size_t threads = 1,
                             const std::function<void(std::uint64_t)>& progress = {});

/// The scenario of a point with these settings, from files of `documents`.
[[nodiscard]] wafer::Scenario point_scenario(const Study& study, const std::vector<Setting>& settings,
                                             core::config::Documents& documents);
[[nodiscard]] wafer::Scenario point_scenario(const Study& study, const std::vector<Setting>& settings);

[[nodiscard]] nlohmann::ordered_json to_json(const Plan& plan);
/// Throws core::InputError, naming `file`, where `json` is no plan of this program's version.
[[nodiscard]] Plan read_plan(const nlohmann::ordered_json& json, const std::string& file);

/// Digest of a scenario: what makes two points the same.
[[nodiscard]] std::string digest(const wafer::Scenario& scenario);

}  // namespace waferloom::study
