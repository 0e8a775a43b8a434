// SPDX-License-Identifier: Apache-2.0
#include "study/table/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/error.hpp"
#include "core/units.hpp"
#include "results/csv_field.hpp"
#include "study/table/analysis.hpp"
#include "study/table/study_columns.hpp"

namespace waferloom::study {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShownRows = 10;

/// A metric's name in tables, with its unit where it has one that names may hold.
std::string column_name(const std::string& metric, const std::string& unit) {
  if (unit == "s") return metric + "_s";
  if (unit == "J") return metric + "_j";
  if (unit == "W") return metric + "_w";
  if (unit == "B") return metric + "_bytes";
  return metric;
}

/// Whether the constraints that name metrics hold. A constraint that cannot be judged does not hold.
bool holds(const Plan& plan, const Row& row, const PointRecord& record) {
  const auto lookup = [&](const std::string& name) -> std::optional<Value> {
    if (const auto metric = record.metrics.find(name); metric != record.metrics.end()) {
      const std::string unit_text = "1 " + metric->second.unit;
      const std::optional<Value> unit = read_value(std::string_view(unit_text));
      return Value{metric->second.value * (unit ? unit->number : 1),
                   unit ? unit->powers : std::array<int, 5>{}};
    }
    const auto at = std::find(plan.columns.begin(), plan.columns.end(), name);
    if (at == plan.columns.end()) return std::nullopt;
    return read_value(std::string_view(row.settings[static_cast<std::size_t>(at - plan.columns.begin())]));
  };
  return std::all_of(plan.metric_constraints.begin(), plan.metric_constraints.end(),
                     [&](const std::string& text) {
                       try {
                         return Expression(text).evaluate(lookup).number != 0;
                       } catch (const core::InputError&) {
                         return false;
                       }
                     });
}

Row make_row(const Plan& plan, const PlannedPoint& point, const std::optional<PointRecord>& record) {
  Row row;
  row.number = point.number;
  row.status = !record ? "missing" : record->done() ? "done" : "failed";
  for (const Setting& setting : point.settings) {
    row.settings.push_back(setting.value);
    const std::optional<Value> number = read_value(std::string_view(setting.value));
    row.numbers.push_back(number ? std::optional(number->number) : std::nullopt);
  }
  row.metrics.resize(plan.metrics.size());
  if (!record) return row;
  row.message = record->message;
  if (!record->done()) return row;
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    const auto found = record->metrics.find(plan.metrics[m]);
    if (found != record->metrics.end()) row.metrics[m] = found->second.value;
  }
  row.bound = record->bound;
  row.shares = record->shares;
  row.feasible = holds(plan, row, *record);
  return row;
}

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json row_json(const Table& table, const Row& row) {
  ordered_json settings = ordered_json::object();
  for (std::size_t c = 0; c < row.settings.size(); ++c) {
    settings[table.plan.columns[c]] = {{"text", row.settings[c]}, {"number", optional_json(row.numbers[c])}};
  }
  ordered_json metrics = ordered_json::object();
  for (std::size_t m = 0; m < row.metrics.size(); ++m)
    metrics[table.plan.metrics[m]] = optional_json(row.metrics[m]);
  ordered_json made = {{"point", row.number},      {"status", row.status}, {"settings", settings},
                       {"metrics", metrics},       {"bound", row.bound},   {"shares", row.shares},
                       {"feasible", row.feasible}, {"pareto", row.pareto}};
  if (!row.message.empty()) made["message"] = row.message;
  return made;
}

std::string settings_text(const Table& table, const Row& row) {
  std::vector<std::string> texts;
  for (std::size_t c = 0; c < row.settings.size(); ++c) {
    texts.push_back(fmt::format("{} = {}", table.plan.columns[c], row.settings[c]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

template <class... Columns>
void add_names(const std::tuple<Columns...>& columns, std::vector<std::string>& heads) {
  std::apply([&](const auto&... column) { (heads.emplace_back(column.name), ...); }, columns);
}

template <class... Columns>
void add_fields(const std::tuple<Columns...>& columns, const Row& row, std::vector<std::string>& fields) {
  std::apply(
      [&](const auto&... column) {
        (fields.push_back(results::csv_field(fmt::format("{}", column.get(row)))), ...);
      },
      columns);
}

}  // namespace

Table make_table(const Plan& plan, const std::vector<std::optional<PointRecord>>& records) {
  Table table;
  table.plan = plan;
  table.units.resize(plan.metrics.size());
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    table.rows.push_back(make_row(plan, plan.points[i], records[i]));
    if (!records[i]) continue;
    for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
      const auto found = records[i]->metrics.find(plan.metrics[m]);
      if (found != records[i]->metrics.end()) table.units[m] = found->second.unit;
    }
  }
  table.base = nearest_to_base(table);
  mark_pareto_front(table);
  table.best = best_rows(table);
  table.sensitivities = sensitivities(table);
  return table;
}

std::string csv(const Table& table) {
  const Plan& plan = table.plan;
  std::vector<std::string> heads;
  add_names(kPointColumns, heads);
  for (const std::string& column : plan.columns) heads.push_back(results::csv_field(column));
  for (std::size_t m = 0; m < plan.metrics.size(); ++m)
    heads.push_back(column_name(plan.metrics[m], table.units[m]));
  add_names(kOutcomeColumns, heads);
  std::string text = fmt::format("{}\n", fmt::join(heads, ","));
  for (const Row& row : table.rows) {
    std::vector<std::string> fields;
    add_fields(kPointColumns, row, fields);
    for (const std::string& setting : row.settings) fields.push_back(results::csv_field(setting));
    for (const std::optional<double>& metric : row.metrics)
      fields.push_back(metric ? fmt::format("{:.9g}", *metric) : "");
    add_fields(kOutcomeColumns, row, fields);
    text += fmt::format("{}\n", fmt::join(fields, ","));
  }
  return text;
}

ordered_json to_json(const Table& table) {
  const Plan& plan = table.plan;
  ordered_json json = to_json(plan);
  json["format"] = "waferloom-study-result";
  json.erase("points");
  ordered_json units = ordered_json::object();
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) units[plan.metrics[m]] = table.units[m];
  json["units"] = units;
  json["base_point"] = table.base ? ordered_json(table.rows[*table.base].number) : ordered_json();
  json["best"] = ordered_json::object();
  for (std::size_t o = 0; o < plan.objectives.size(); ++o) {
    json["best"][plan.objectives[o].metric] =
        table.best[o] ? ordered_json(table.rows[*table.best[o]].number) : ordered_json();
  }
  json["sensitivity"] = ordered_json::array();
  for (const Sensitivity& each : table.sensitivities) {
    json["sensitivity"].push_back({{"axis", plan.axes[each.axis].keys},
                                   {"metric", plan.metrics[each.metric]},
                                   {"elasticity", optional_json(each.elasticity)},
                                   {"effect", optional_json(each.effect)}});
  }
  json["points"] = ordered_json::array();
  for (const Row& row : table.rows) json["points"].push_back(row_json(table, row));
  return json;
}

namespace {

/// How the metrics follow the axes, in columns as wide as the longest axis.
std::string sensitivity_text(const Table& table) {
  if (table.sensitivities.empty()) return "";
  const Plan& plan = table.plan;
  const auto name_of = [&](const Sensitivity& each) {
    return fmt::format("{}", fmt::join(plan.axes[each.axis].keys, ", "));
  };
  constexpr std::size_t kNarrowest = 26;
  std::size_t width = kNarrowest;
  for (const Sensitivity& each : table.sensitivities) width = std::max(width, name_of(each).size());
  std::string text =
      fmt::format("\n{:<{}}  {:<22}{:>11}{:>10}\n", "axis", width, "metric", "elasticity", "effect");
  for (const Sensitivity& each : table.sensitivities) {
    const bool wanted =
        plan.objectives.empty()
            ? each.metric < 2
            : std::any_of(plan.objectives.begin(), plan.objectives.end(),
                          [&](const Objective& o) { return o.metric == plan.metrics[each.metric]; });
    if (!wanted || (!each.elasticity && !each.effect)) continue;
    text += fmt::format("{:<{}}  {:<22}{:>11}{:>10}\n", name_of(each), width, plan.metrics[each.metric],
                        each.elasticity ? fmt::format("{:+.3f}", *each.elasticity) : "-",
                        each.effect ? fmt::format("x {:.3f}", *each.effect) : "-");
  }
  return text;
}

}  // namespace

std::string summary(const Table& table) {
  const Plan& plan = table.plan;
  const auto ended = static_cast<std::size_t>(std::count_if(
      table.rows.begin(), table.rows.end(), [](const Row& row) { return row.status == "done"; }));
  std::string text =
      fmt::format("{}: {} of {} done", plan.name, ended, core::counted(table.rows.size(), "point"));
  if (plan.excluded > 0) text += fmt::format(", {} more excluded by constraints", plan.excluded);
  if (plan.invalid > 0) text += fmt::format(", {} no valid scenario", plan.invalid);
  text += "\n";
  for (std::size_t o = 0; o < plan.objectives.size(); ++o) {
    const Objective& objective = plan.objectives[o];
    if (!table.best[o]) {
      text += fmt::format("no point satisfies all constraints for {}\n", objective.metric);
      continue;
    }
    const Row& row = table.rows[*table.best[o]];
    const auto metric = static_cast<std::size_t>(
        std::find(plan.metrics.begin(), plan.metrics.end(), objective.metric) - plan.metrics.begin());
    const std::string& unit = table.units[metric];
    text += fmt::format("{} {}: {:.6g}{} at point {} ({}){}\n", objective.maximize ? "largest" : "smallest",
                        objective.metric, *row.metrics[metric], unit == "1" ? "" : " " + unit, row.number,
                        settings_text(table, row), row.bound.empty() ? "" : ", bound by " + row.bound);
  }
  if (plan.objectives.size() > 1) {
    const auto front =
        std::count_if(table.rows.begin(), table.rows.end(), [](const Row& row) { return row.pareto; });
    text +=
        fmt::format("{} on the Pareto front\n", core::counted(static_cast<std::uint64_t>(front), "point"));
  }
  text += sensitivity_text(table);
  std::size_t shown = 0;
  for (const Row& row : table.rows) {
    if (row.status != "failed") continue;
    if (shown++ == 0) text += "\nfailed:\n";
    if (shown > kShownRows) break;
    text += fmt::format("  point {} ({}): {}\n", row.number, settings_text(table, row),
                        row.message.substr(0, row.message.find('\n')));
  }
  return text;
}

}  // namespace waferloom::study
