// SPDX-License-Identifier: Apache-2.0
#include "study/table/study_database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <system_error>
#include <vector>

#include "results/sqlite.hpp"
#include "study/table/study_columns.hpp"

namespace waferloom::study {

namespace {

constexpr auto kPointTable = std::tuple_cat(kPointColumns, kOutcomeColumns);

/// Makes a table and puts rows into it.
template <class Line, class... Columns, class Each>
void write_table(results::SqliteFile& database, std::string_view name, const std::tuple<Columns...>& columns,
                 const Each& each_line) {
  database.run(results::create_table<Line>(name, columns));
  results::SqliteStatement insert(database, results::insert_into(name, columns));
  each_line([&](const Line& line) { results::insert_row(insert, columns, line); });
}

/// Adds a column for each of `names` to the points, with what `value` gives of a row.
template <class Value>
void add_columns(results::SqliteFile& database, const Table& table, const std::vector<std::string>& names,
                 std::string_view type, const Value& value) {
  for (std::size_t n = 0; n < names.size(); ++n) {
    const std::string name = fmt::format("\"{}\"", names[n]);
    database.run(fmt::format("ALTER TABLE points ADD COLUMN {} {}", name, type));
    results::SqliteStatement update(database, fmt::format("UPDATE points SET {} = ? WHERE point = ?", name));
    for (const Row& row : table.rows) value(update, row, n);
  }
}

void write_points(results::SqliteFile& database, const Table& table) {
  write_table<Row>(database, "points", kPointTable, [&](const auto& put) {
    for (const Row& row : table.rows) put(row);
  });
  add_columns(database, table, table.plan.columns, "TEXT",
              [](results::SqliteStatement& update, const Row& row, std::size_t c) {
                if (c < row.settings.size()) update.insert(std::string_view(row.settings[c]), row.number);
              });
  std::vector<std::string> metrics;
  for (const std::string& name : table.plan.metrics) metrics.push_back("metric:" + name);
  add_columns(database, table, metrics, "REAL",
              [](results::SqliteStatement& update, const Row& row, std::size_t m) {
                if (row.metrics[m]) update.insert(*row.metrics[m], row.number);
              });
}

}  // namespace

void write_database(const std::filesystem::path& file, const Table& table) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  results::SqliteFile database(file, results::SqliteFile::Mode::create);
  const Plan& plan = table.plan;
  database.run("BEGIN");
  write_table<StudyRow>(database, "study", kStudyColumns, [&](const auto& put) {
    put({plan.name, plan.base});
  });
  write_points(database, table);
  write_table<MetricRow>(database, "metrics", kMetricColumns, [&](const auto& put) {
    for (std::size_t m = 0; m < table.units.size(); ++m) put({plan.metrics[m], table.units[m]});
  });
  write_table<SensitivityRow>(database, "sensitivity", kSensitivityColumns, [&](const auto& put) {
    for (const Sensitivity& each : table.sensitivities) {
      if (!each.elasticity && !each.effect) continue;
      put({fmt::format("{}", fmt::join(plan.axes[each.axis].keys, ", ")), plan.metrics[each.metric], each});
    }
  });
  database.run("COMMIT");
}

}  // namespace waferloom::study
