// SPDX-License-Identifier: Apache-2.0
// The columns of a study's tables (table.csv, study.sqlite), but for those that follow its axes and metrics: what
// is written and what docs/data-dictionary.md says of it are made of these.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/version.hpp"
#include "results/columns.hpp"
#include "study/table/table.hpp"

namespace waferloom::study {

/// The one row of `study`.
struct StudyRow {
  std::string_view name;
  std::string_view base;
};

struct MetricRow {
  std::string_view name;
  std::string_view unit;
};

struct SensitivityRow {
  std::string axis;
  std::string_view metric;
  const Sensitivity& is;
};

inline constexpr std::tuple kStudyColumns{
    results::Column("name", [](const StudyRow& r) { return r.name; }).means("of the study"),
    results::Column("base", [](const StudyRow& r) { return r.base; }).means("the scenario that it changes"),
    results::Column("version", [](const StudyRow&) { return core::version(); }).means("of the program")};

/// Before a point's settings and metrics.
inline constexpr std::tuple kPointColumns{results::Column("point", [](const Row& r) { return r.number; })
                                              .sql("PRIMARY KEY")
                                              .means("number of the point, from 0"),
                                          results::Column("status", [](const Row& r) {
                                            return std::string_view(r.status);
                                          }).means("done, failed, missing")};

/// Behind them.
inline constexpr std::tuple kOutcomeColumns{
    results::Column("bound", [](const Row& r) { return std::string_view(r.bound); })
        .means("what holds up the largest share of the step's time"),
    results::Column("feasible", [](const Row& r) { return std::uint64_t{r.feasible}; })
        .means("1: all constraints hold"),
    results::Column("pareto", [](const Row& r) { return std::uint64_t{r.pareto}; })
        .means("1: no other point is better in all objectives"),
    results::Column("message", [](const Row& r) {
      return std::string_view(r.message);
    }).means("why a point failed")};

inline constexpr std::tuple kMetricColumns{
    results::Column("name", [](const MetricRow& r) { return r.name; })
        .sql("PRIMARY KEY")
        .means("of the metric"),
    results::Column("unit", [](const MetricRow& r) { return r.unit; }).means("of its values")};

inline constexpr std::tuple kSensitivityColumns{
    results::Column("axis", [](const SensitivityRow& r) { return std::string_view(r.axis); })
        .means("keys of the axis"),
    results::Column("metric", [](const SensitivityRow& r) { return r.metric; }).means("that changes"),
    results::Column("elasticity", [](const SensitivityRow& r) { return r.is.elasticity; })
        .means("change of the metric, in percent for each percent of an axis of numbers", "1"),
    results::Column("effect", [](const SensitivityRow& r) {
      return r.is.effect;
    }).means("largest over smallest value of the metric while only this axis changes", "1")};

}  // namespace waferloom::study
