// SPDX-License-Identifier: Apache-2.0
// Numbers and tables as a terminal shows them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waferloom::report {

/// "522.89 us", "3.540 ms", "1.234 s".
[[nodiscard]] std::string human_time(double seconds);

/// "12.3 %".
[[nodiscard]] std::string percent(double share);

/// Four digits with a decimal prefix before the unit, rates as "61.2 k/s"; shares (unit "1") as percent,
/// times (unit "s") as human_time.
[[nodiscard]] std::string human(double value, std::string_view unit);

/// Three digits suffice for what rests on assumed energies.
[[nodiscard]] std::string significant(double value);

/// Columns as wide as what they hold, two spaces between them.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// The titles and the rows, each with a line feed and without spaces at its end.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace waferloom::report
