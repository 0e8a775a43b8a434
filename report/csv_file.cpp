// SPDX-License-Identifier: Apache-2.0
#include "report/csv_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace waferloom::report {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kWindowBytes = std::size_t{1} << 18U;
constexpr std::size_t kSafeDigits = 18;
constexpr std::uint64_t kTen = 10;

[[noreturn]] void fail_to_read(const fs::path& path, const std::error_code& error) {
  throw core::InputError(fmt::format("{}: expected a file that can be read{}{}", path.string(),
                                     error ? ": " : "", error ? error.message() : ""));
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) fail_to_read(path, error);
  std::string content(static_cast<std::size_t>(size), '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (static_cast<std::size_t>(file.gcount()) != content.size()) {
    throw core::InputError(fmt::format("{}: expected {} bytes, got {}", path.string(), size, file.gcount()));
  }
  return content;
}

CsvFile::CsvFile(fs::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {
  std::error_code error;
  (void)fs::file_size(path_, error);
  if (error || !file_) fail_to_read(path_, error);
  const std::optional<std::string_view> names = read_line();
  if (!names)
    throw core::InputError(fmt::format("{}:1: expected a line with the columns' names", path_.string()));
  for (std::size_t begin = 0; begin <= names->size();) {
    const std::size_t comma = std::min(names->find(',', begin), names->size());
    columns_.emplace_back(names->substr(begin, comma - begin));
    begin = comma + 1;
  }
  fields_.resize(columns_.size());
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
  const std::optional<std::string_view> line = read_line();
  if (!line) return false;
  if (const std::size_t count = split(*line); count != columns_.size()) {
    throw core::InputError(
        fmt::format("{}:{}: expected {} fields, got {}", path_.string(), line_, columns_.size(), count));
  }
  return true;
}

std::optional<std::string_view> CsvFile::read_line() {
  for (std::size_t searched = position_;;) {
    const std::string_view ahead(window_.data() + searched, end_ - searched);
    if (const std::size_t length = ahead.find('\n'); length != std::string_view::npos) {
      const std::string_view line(window_.data() + position_, searched + length - position_);
      position_ = searched + length + 1;
      ++line_;
      return line;
    }
    const std::size_t unfinished = end_ - position_;
    if (!fill()) {
      // Lines are written whole: one without an end was cut off.
      if (unfinished == 0 || line_ == 0) return std::nullopt;
      throw core::InputError(
          fmt::format("{}:{}: the file ends in the middle of a line", path_.string(), line_ + 1));
    }
    searched = position_ + unfinished;
  }
}

bool CsvFile::fill() {
  // What is unfinished moves to the front; a line longer than the window makes that grow.
  std::copy(window_.begin() + static_cast<std::ptrdiff_t>(position_),
            window_.begin() + static_cast<std::ptrdiff_t>(end_), window_.begin());
  end_ -= std::exchange(position_, 0);
  if (window_.size() - end_ < kWindowBytes / 2) window_.resize(window_.size() + kWindowBytes);
  file_.read(window_.data() + end_, static_cast<std::streamsize>(window_.size() - end_));
  const auto got = static_cast<std::size_t>(file_.gcount());
  if (file_.bad()) {
    throw core::InputError(fmt::format("{}: expected a file that can be read", path_.string()));
  }
  end_ += got;
  return got != 0;
}

std::uint64_t CsvFile::count(std::size_t column) const {
  const std::string_view field = fields_[column];
  std::uint64_t value = 0;
  // No more than 18 digits cannot overflow: nearly all counts.
  if (field.size() - 1 < kSafeDigits) {
    bool digits = true;
    for (const char c : field) {
      const auto digit = static_cast<std::uint64_t>(static_cast<unsigned char>(c)) - '0';
      digits = digits && digit < kTen;
      value = value * kTen + digit;
    }
    if (digits) return value;
  }
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

std::size_t CsvFile::split_quoted(std::string_view line) {
  unquoted_.clear();
  std::size_t count = 0;
  for (std::size_t i = 0; i <= line.size(); ++i, ++count) {
    std::string& field = unquoted_.emplace_back();
    const bool quoted = i < line.size() && line[i] == '"';
    bool inside = quoted;
    if (quoted) ++i;
    for (; i < line.size() && (inside || line[i] != ','); ++i) {
      if (!quoted || line[i] != '"') {
        field += line[i];
      } else if (inside && i + 1 < line.size() && line[i + 1] == '"') {
        field += line[i++];
      } else {
        inside = false;
      }
    }
    if (count < fields_.size()) fields_[count] = field;
  }
  return count;
}

std::size_t CsvFile::split(std::string_view line) {
  if (line.find('"') != std::string_view::npos) return split_quoted(line);
  std::size_t count = 0;
  // Fields are a few characters: looking at each is faster than a search for the next comma.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != ',') continue;
    if (count < fields_.size()) fields_[count] = line.substr(begin, i - begin);
    ++count;
    begin = i + 1;
  }
  if (count < fields_.size()) fields_[count] = line.substr(begin);
  return count + 1;
}

}  // namespace waferloom::report
