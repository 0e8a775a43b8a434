// SPDX-License-Identifier: Apache-2.0
#include "study/table/study_dictionary.hpp"

#include <string>
#include <utility>

#include "study/table/metrics.hpp"
#include "study/table/study_columns.hpp"

namespace waferloom::study {

namespace {

using results::DataColumn;

std::string kinds_of(const MetricInfo& metric) {
  std::string kinds;
  for (const auto& [kind, name] :
       {std::pair(RunKind::step, "step"), std::pair(RunKind::collective, "collective"),
        std::pair(RunKind::kernel, "kernel"), std::pair(RunKind::packets, "packets"),
        std::pair(RunKind::saturation, "search for saturation")}) {
    if (metric.of(kind)) kinds += (kinds.empty() ? "" : ", ") + std::string(name);
  }
  return kinds;
}

DataColumn of(const char* type, const char* name, const char* unit, const char* meaning) {
  return {name, type, unit, meaning};
}

}  // namespace

std::vector<results::DataTable> metric_tables() {
  results::DataTable table{"metrics", "`metrics` of result.json, in studies, comparisons and databases", {}};
  for (const MetricInfo& each : metric_infos()) {
    table.columns.push_back({std::string(each.name), "number", std::string(each.unit),
                             std::string(each.meaning) + " (" + kinds_of(each) + ")"});
  }
  return {table};
}

std::vector<results::DataTable> study_tables() {
  std::vector<DataColumn> row = results::database_columns_of<Row>(kPointColumns);
  row.push_back(of("text", "*", "", "a column for each setting of the axes, by its key"));
  row.push_back(of("real", "*_UNIT", "", "a column for each metric of the study, with its unit"));
  for (DataColumn& each : results::database_columns_of<Row>(kOutcomeColumns)) row.push_back(std::move(each));
  return {
      {"table.csv", "one row per point of a study", row},
      {"study.sqlite: points", "one row per point, as table.csv; metrics are named `metric:NAME`", row},
      {"study.sqlite: study", "one row", results::database_columns_of<StudyRow>(kStudyColumns)},
      {"study.sqlite: metrics", "one row per metric",
       results::database_columns_of<MetricRow>(kMetricColumns)},
      {"study.sqlite: sensitivity", "one row per axis and metric",
       results::database_columns_of<SensitivityRow>(kSensitivityColumns)},
      {"study.json",
       "keys: the plan of the study, and its points with all of the above",
       {of("text", "units", "", "of metrics"), of("whole", "base_point", "", "the point nearest to the base"),
        of("text", "best", "", "point by objective"),
        of("text", "sensitivity[]", "", "as the table of study.sqlite"),
        of("text", "points[].settings", "", "text and number by key"),
        of("number", "points[].metrics", "", "by name, in the units above"),
        of("real", "points[].shares", "1", "of the step's time, by bound")}},
      {"explain.csv",
       "one row per changed resource, or pair of them",
       {of("text", "resource", "", "that is changed"), of("text", "with", "", "of a pair, the other one"),
        of("real", "factor", "1", "by which it is more"), of("text", "settings", "", "KEY=VALUE that do so"),
        of("text", "state", "", "done, failed, left out"), of("real", "time_s", "s", "of the step then"),
        of("real", "change", "1", "of the step's time, as a share of it"),
        of("real", "forward", "1", "change of the phase's time, as a share of it"),
        of("real", "backward_input", "1", "likewise"), of("real", "backward_weight", "1", "likewise"),
        of("real", "update", "1", "likewise")}},
      {"explain.json",
       "keys: the rows of explain.csv, and what they say",
       {of("whole", "grid_columns", "1", "of the grid that changes are simulated on; 0: the step's own"),
        of("real", "factor", "1", "of the changes"), of("real", "time", "s", "of the step as it is"),
        of("real", "sustained_flops", "FLOP/s", "of the step as it is"),
        of("real", "peak_flops", "FLOP/s", "of all PEs of the rectangle"),
        of("text", "limits", "", "resources by their gain: of the step, of phases, of operations"),
        of("real", "limits.*.change", "1", "of the time, as a share of it"),
        of("text", "resources[]", "", "more, less, and time by factor of each"),
        of("text", "pairs[]", "", "the same of two"),
        of("text", "waterfall[].part", "", "what is left out, from the peak to what is sustained"),
        of("real", "waterfall[].time", "s", "that it costs"),
        of("real", "waterfall[].flops", "FLOP/s", "that remain")}},
      {"compare --json",
       "keys: one value for each of the runs",
       {of("text", "runs[]", "", "name, directory, scenario and fidelity"),
        of("text", "configuration[]", "", "keys whose values differ"),
        of("number", "metrics[].values", "", "in the unit beside them"),
        of("real", "phases[].time", "s", "in which some group of the phase was under way"),
        of("real", "bounds[].shares", "1", "of the run's time; overlaps shared evenly"),
        of("real", "layers[].time", "s", "of a layer's phase")}}};
}

}  // namespace waferloom::study
