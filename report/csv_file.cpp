// SPDX-License-Identifier: Apache-2.0
#include "report/csv_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <system_error>

#include "core/error.hpp"

namespace waferloom::report {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    throw core::InputError(fmt::format("{}: expected a file that can be read{}{}", path.string(),
                                       error ? ": " : "", error ? error.message() : ""));
  }
  std::string content(static_cast<std::size_t>(size), '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (static_cast<std::size_t>(file.gcount()) != content.size()) {
    throw core::InputError(fmt::format("{}: expected {} bytes, got {}", path.string(), size, file.gcount()));
  }
  return content;
}

CsvFile::CsvFile(fs::path path) : path_(std::move(path)), content_(read_file(path_)) {
  std::vector<std::string_view> names;
  const std::size_t end = content_.find('\n');
  if (end == std::string::npos) {
    throw core::InputError(fmt::format("{}:1: expected a line with the columns' names", path_.string()));
  }
  split(std::string_view(content_).substr(0, end), names);
  columns_.assign(names.begin(), names.end());
  position_ = end + 1;
  line_ = 1;
}

std::optional<std::size_t> CsvFile::find(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::size_t CsvFile::require(std::string_view column) const {
  if (const auto found = find(column)) return *found;
  throw core::InputError(fmt::format("{}:1: expected a column {}, got none", path_.string(), column));
}

bool CsvFile::next() {
  if (position_ == content_.size()) return false;
  ++line_;
  const std::size_t end = content_.find('\n', position_);
  // Lines are written whole: one without an end was cut off.
  if (end == std::string::npos) {
    throw core::InputError(
        fmt::format("{}:{}: the file ends in the middle of a line", path_.string(), line_));
  }
  split(std::string_view(content_).substr(position_, end - position_), fields_);
  position_ = end + 1;
  if (fields_.size() != columns_.size()) {
    throw core::InputError(fmt::format("{}:{}: expected {} fields, got {}", path_.string(), line_,
                                       columns_.size(), fields_.size()));
  }
  return true;
}

std::uint64_t CsvFile::count(std::size_t column) const {
  const std::string_view field = fields_[column];
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) fail(column, "a whole number");
  return value;
}

double CsvFile::real(std::size_t column) const {
  const std::string_view field = fields_[column];
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
    fail(column, "a number");
  }
  return value;
}

void CsvFile::fail(std::size_t column, std::string_view expected) const {
  throw core::InputError(fmt::format("{}:{}: {}: expected {}, got {}", path_.string(), line_,
                                     columns_[column], expected, fields_[column].substr(0, 80)));
}

void CsvFile::split(std::string_view line, std::vector<std::string_view>& fields) const {
  fields.clear();
  // Fields are a few characters: looking at each is faster than a search for the next comma.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != ',') continue;
    fields.push_back(line.substr(begin, i - begin));
    begin = i + 1;
  }
  fields.push_back(line.substr(begin));
}

}  // namespace waferloom::report
