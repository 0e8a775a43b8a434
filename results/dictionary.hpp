// SPDX-License-Identifier: Apache-2.0
// What the columns of tables and the keys of JSON files mean that runs leave behind, with their units: the page
// docs/data-dictionary.md is made of this (`waferloom describe --data`). Tables that are made of Columns describe
// themselves; a test holds the others, and the keys, against what runs write.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "results/columns.hpp"

namespace waferloom::results {

struct DataColumn {
  std::string name;
  std::string type;  ///< whole, real, text, number
  std::string unit;  ///< none: a text, or a number of nothing
  std::string meaning;
};

struct DataTable {
  std::string name;  ///< of the file, or of the database and its table
  std::string row;   ///< what a row is, or the file
  std::vector<DataColumn> columns;
};

template <class Value>
constexpr std::string_view data_type() {
  if constexpr (IsOptional<Value>::value) return data_type<typename IsOptional<Value>::Value>();
  if constexpr (std::is_same_v<Value, Number>) return "number";
  if constexpr (std::is_floating_point_v<Value>) return "real";
  if constexpr (std::is_integral_v<Value>) return "whole";
  return "text";
}

/// Of all columns but those that stand only at `other`. `Row`: what their getters take.
template <class Row, class... Columns>
std::vector<DataColumn> data_columns(const std::tuple<Columns...>& columns, Where other) {
  std::vector<DataColumn> made;
  const auto one = [&](const auto& column) {
    using Value = std::decay_t<decltype(column.get(std::declval<const Row&>()))>;
    if (column.where == other) return;
    made.push_back({std::string(column.name), std::string(data_type<Value>()), std::string(column.unit),
                    std::string(column.meaning)});
  };
  std::apply([&](const auto&... column) { (one(column), ...); }, columns);
  return made;
}

template <class Row, class... Columns>
std::vector<DataColumn> database_columns_of(const std::tuple<Columns...>& columns) {
  return data_columns<Row>(columns, Where::csv);
}

/// Of results.sqlite.
[[nodiscard]] std::vector<DataTable> database_tables();

/// CSV files of runs.
[[nodiscard]] std::vector<DataTable> run_tables();

/// Keys of result.json and host.json; `a.b[].c` stands for the key c of each entry of the list b. A metric has the keys
/// `value` and `unit`.
[[nodiscard]] std::vector<DataTable> run_keys();

}  // namespace waferloom::results
