// SPDX-License-Identifier: Apache-2.0
// Reads the CSV files that a run writes: a header line, then lines of as many fields, without quotes. Fast
// enough for the millions of links of a full wafer. Everything that is not as it should be throws
// core::InputError: `FILE:LINE: COLUMN: expected ..., got ...`.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::report {

class CsvFile {
 public:
  explicit CsvFile(std::filesystem::path path);

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
  /// The column's number; throws where the file has none of this name.
  [[nodiscard]] std::size_t require(std::string_view column) const;

  /// Goes to the next line; false at the end.
  [[nodiscard]] bool next();
  [[nodiscard]] std::string_view text(std::size_t column) const { return fields_[column]; }
  [[nodiscard]] std::uint64_t count(std::size_t column) const;
  [[nodiscard]] double real(std::size_t column) const;
  [[noreturn]] void fail(std::size_t column, std::string_view expected) const;

 private:
  /// The next line, if there is one.
  [[nodiscard]] std::optional<std::string_view> read_line();
  /// Reads on behind what is still to be parsed; false at the end of the file.
  [[nodiscard]] bool fill();
  /// Into `fields_`, as many as there are columns; how many fields the line has.
  [[nodiscard]] std::size_t split(std::string_view line);
  /// The same of a line with fields in quotes, which then may hold commas.
  [[nodiscard]] std::size_t split_quoted(std::string_view line);

  std::filesystem::path path_;
  std::ifstream file_;
  std::string window_;        ///< of the file
  std::size_t position_ = 0;  ///< in the window: parsed so far
  std::size_t end_ = 0;       ///< in the window: read so far
  std::size_t line_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  ///< fields of the line that differ from what stands in the file
};

/// The whole file; throws core::InputError where it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace waferloom::report
