// SPDX-License-Identifier: Apache-2.0
// The columns of a table of results, named once: CSV files, tables of the database and what is read back from them
// are made of them.
//
// A table is a std::tuple of Columns. The type of what a column's getter returns says what the column is: a whole
// number, a real one, a text, or one of these or nothing (std::optional).
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "results/csv_field.hpp"
#include "results/sqlite.hpp"
#include "results/text_parts.hpp"

namespace waferloom::results {

enum class Where : std::uint8_t { everywhere, csv, database };

template <class Get, class Set = std::nullptr_t>
struct Column {
  constexpr Column(std::string_view column_name, Get getter, Set setter = {})
      : name(column_name), get(getter), set(setter) {}
  [[nodiscard]] constexpr Column as(std::string_view real) const {
    Column column = *this;
    column.format = real;
    return column;
  }
  [[nodiscard]] constexpr Column only(Where place) const {
    Column column = *this;
    column.where = place;
    return column;
  }
  /// For the dictionary of data (results/dictionary.hpp). `in`: the unit of a number that has one.
  [[nodiscard]] constexpr Column means(std::string_view text, std::string_view in = {}) const {
    Column column = *this;
    column.meaning = text;
    column.unit = in;
    return column;
  }
  [[nodiscard]] constexpr Column sql(std::string_view more) const {
    Column column = *this;
    column.constraint = more;
    return column;
  }

  static constexpr bool kIsRead = !std::is_same_v<Set, std::nullptr_t>;
  std::string_view name;
  Get get;                         ///< the value of a row
  Set set;                         ///< puts a value into what is read; a column without is not read
  std::string_view format = "{}";  ///< of a real number in a CSV file
  Where where = Where::everywhere;
  std::string_view constraint;  ///< in the database, instead of NOT NULL
  std::string_view meaning;
  std::string_view unit;
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Value = T;
};

/// A number that is whole or not.
using Number = std::variant<std::uint64_t, double>;

template <class Value>
constexpr std::string_view sql_type() {
  if constexpr (std::is_same_v<Value, Number>) return "";
  if constexpr (IsOptional<Value>::value) return sql_type<typename IsOptional<Value>::Value>();
  if constexpr (std::is_floating_point_v<Value>) return "REAL";
  if constexpr (std::is_integral_v<Value>) return "INTEGER";
  return "TEXT";
}

/// Texts of values. Few of millions of lines have a new value.
class KnownTexts {
 public:
  template <class Make>
  const std::string& of(std::uint64_t value, const Make& make) {
    if (known_.empty()) known_.resize(std::size_t{1} << kPlaceBits);
    Known& known = known_[static_cast<std::size_t>(value * kMix >> (kWordBits - kPlaceBits))];
    if (known.text.empty() || known.value != value) known = {value, make()};
    return known.text;
  }

 private:
  static constexpr std::uint32_t kWordBits = 64;
  static constexpr std::uint32_t kPlaceBits = 10;
  static constexpr std::uint64_t kMix =
      0x9e3779b97f4a7c15;  // 2^64 / golden ratio: spreads neighbouring values
  struct Known {
    std::uint64_t value = 0;
    std::string text;
  };
  std::vector<Known> known_;
};

/// A CSV file of rows, with its head.
template <class... Columns>
class CsvRows {
 public:
  CsvRows(const std::tuple<Columns...>& columns, TextParts& text) : columns_(columns), text_(text) {
    each([&](const auto& column, std::size_t) { text_.put(column.name); });
  }

  template <class Row>
  void put(const Row& row) {
    each([&](const auto& column, std::size_t number) { put_value(column.get(row), column.format, number); });
  }

 private:
  /// Calls `put` for what stands in the file, with what separates it.
  template <class Put>
  void each(const Put& put) {
    std::size_t number = 0;
    bool first = true;
    const auto one = [&](const auto& column) {
      const std::size_t place = number++;
      if (column.where == Where::database) return;
      if (!std::exchange(first, false)) text_.put(',');
      put(column, place);
    };
    std::apply([&](const auto&... column) { (one(column), ...); }, columns_);
    text_.put('\n');
  }
  template <class Value>
  void put_value(const Value& value, std::string_view format, std::size_t number) {
    if constexpr (IsOptional<Value>::value) {
      if (value) put_value(*value, format, number);
    } else if constexpr (std::is_floating_point_v<Value>) {
      std::uint64_t bits = 0;
      static_assert(sizeof(bits) == sizeof(value));
      std::memcpy(&bits, &value, sizeof(bits));
      text_.put(reals_[number].of(bits, [&] { return fmt::format(fmt::runtime(format), value); }));
    } else if constexpr (std::is_integral_v<Value>) {
      text_.put(std::uint64_t{value});
    } else {
      text_.put(csv_field(value));
    }
  }

  const std::tuple<Columns...>& columns_;
  TextParts& text_;
  std::array<KnownTexts, sizeof...(Columns)> reals_;
};

/// Names of the columns for which `chosen` is true, with what `more` adds to each.
template <class... Columns, class Chosen, class More>
std::string column_list(const std::tuple<Columns...>& columns, const Chosen& chosen, const More& more) {
  std::string list;
  const auto one = [&](const auto& column) {
    if (!chosen(column)) return;
    if (!list.empty()) list += ", ";
    list += fmt::format("{}{}{}", column.name, more(column).empty() ? "" : " ", more(column));
  };
  std::apply([&](const auto&... column) { (one(column), ...); }, columns);
  return list;
}

/// What a table of the database is besides its columns.
struct TableKind {
  std::string_view constraint;  ///< on several columns
  std::string_view kind;
};

/// The statement that makes a table. `Row`: what the columns' getters take.
template <class Row, class... Columns>
std::string create_table(std::string_view table, const std::tuple<Columns...>& columns,
                         const TableKind& kind = {}) {
  return fmt::format("CREATE TABLE {} ({}{}{}){}{};\n", table,
                     column_list(
                         columns, [](const auto& column) { return column.where != Where::csv; },
                         [](const auto& column) {
                           using Value = std::decay_t<decltype(column.get(std::declval<const Row&>()))>;
                           const std::string_view type = sql_type<Value>();
                           const bool may_lack = IsOptional<Value>::value || type.empty();
                           const std::string_view constraint = !column.constraint.empty() ? column.constraint
                                                               : may_lack                 ? ""
                                                                                          : "NOT NULL";
                           return fmt::format("{}{}{}", type, constraint.empty() ? "" : " ", constraint);
                         }),
                     kind.constraint.empty() ? "" : ", ", kind.constraint, kind.kind.empty() ? "" : " ",
                     kind.kind);
}

template <class... Columns>
std::size_t database_columns(const std::tuple<Columns...>& columns) {
  return std::apply([](const auto&... column) { return (std::size_t{column.where != Where::csv} + ...); },
                    columns);
}

/// The statement that inserts a row.
template <class... Columns>
std::string insert_into(std::string_view table, const std::tuple<Columns...>& columns) {
  std::string marks = "?";
  for (std::size_t more = 1; more < database_columns(columns); ++more) marks += ", ?";
  return fmt::format("INSERT INTO {} VALUES ({})", table, marks);
}

/// Inserts a row by the statement of insert_into().
template <class Row, class... Columns>
void insert_row(SqliteStatement& statement, const std::tuple<Columns...>& columns, const Row& row) {
  int index = 0;
  const auto one = [&](const auto& column) {
    if (column.where != Where::csv) statement.bind(++index, column.get(row));
  };
  std::apply([&](const auto&... column) { (one(column), ...); }, columns);
  statement.finish_row();
}

/// As above, for many rows of whole numbers.
template <class Row, class... Columns>
void insert_row(SqliteRows& rows, const std::tuple<Columns...>& columns, const Row& row) {
  const auto one = [&](const auto& column) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(column.get(row))>>) rows.put(column.get(row));
  };
  std::apply([&](const auto&... column) { (one(column), ...); }, columns);
}

template <class Value>
Value value_at(const SqliteStatement& row, int index) {
  if constexpr (IsOptional<Value>::value) {
    if (row.is_null(index)) return std::nullopt;
    return value_at<typename IsOptional<Value>::Value>(row, index);
  } else if constexpr (std::is_floating_point_v<Value>) {
    return row.real(index);
  } else if constexpr (std::is_integral_v<Value>) {
    return static_cast<Value>(row.count(index));
  } else {
    return row.text(index);
  }
}

/// Reads a table's rows in the order `order`; `take` gets each as a `Read`. `Row`: as in create_table().
template <class Row, class Read, class... Columns, class Take>
void read_rows(SqliteFile& file, std::string_view table, const std::tuple<Columns...>& columns,
               std::string_view order, const Take& take) {
  SqliteStatement rows(file, fmt::format("SELECT {} FROM {} ORDER BY {}",
                                         column_list(
                                             columns, [](const auto& column) { return column.kIsRead; },
                                             [](const auto&) { return std::string(); }),
                                         table, order));
  while (rows.next()) {
    Read read;
    int index = 0;
    const auto one = [&](const auto& column) {
      if constexpr (std::decay_t<decltype(column)>::kIsRead) {
        using Value = std::decay_t<decltype(column.get(std::declval<const Row&>()))>;
        using Stored = std::conditional_t<std::is_same_v<Value, std::string_view>, std::string, Value>;
        column.set(read, value_at<Stored>(rows, index++));
      }
    };
    std::apply([&](const auto&... column) { (one(column), ...); }, columns);
    take(std::move(read));
  }
}

}  // namespace waferloom::results
