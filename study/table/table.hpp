// SPDX-License-Identifier: Apache-2.0
// The results of a study: one row a point, what each axis does to each metric, the Pareto front, the best.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "study/plan/plan.hpp"
#include "study/table/point_record.hpp"

namespace waferloom::study {

struct Row {
  std::uint64_t number = 0;
  std::string status;                          ///< done, failed or missing
  std::vector<std::string> settings;           ///< one per column of the plan
  std::vector<std::optional<double>> numbers;  ///< the settings as numbers in base units, where they are
  std::vector<std::optional<double>> metrics;  ///< in the order of the plan
  std::string bound;                           ///< what bounds the longest phase
  std::map<std::string, double> shares;        ///< of the step by what bounds it
  bool feasible = false;                       ///< done, and all constraints hold
  bool pareto = false;                         ///< no feasible point is better in all objectives
  std::string message;                         ///< of a failed point
};

/// What an axis does to a metric.
struct Sensitivity {
  std::size_t axis = 0;
  std::size_t metric = 0;
  /// Relative change of the metric per relative change of the axis' first key with numbers, around the base
  /// point; over all points where they are sampled. None where the axis has no numbers.
  std::optional<double> elasticity;
  /// Largest over smallest value of the metric while only this axis changes, from the base point.
  std::optional<double> effect;
};

struct Table {
  Plan plan;
  std::vector<std::string> units;  ///< of the metrics
  std::vector<Row> rows;
  std::optional<std::size_t> base;               ///< the row nearest to the base scenario
  std::vector<std::optional<std::size_t>> best;  ///< one per objective
  std::vector<Sensitivity> sensitivities;
};

/// `records`: one per point of the plan.
[[nodiscard]] Table make_table(const Plan& plan, const std::vector<std::optional<PointRecord>>& records);

[[nodiscard]] std::string csv(const Table& table);
[[nodiscard]] nlohmann::ordered_json to_json(const Table& table);
/// For the terminal: the best points, what the axes do, failures.
[[nodiscard]] std::string summary(const Table& table);

}  // namespace waferloom::study
