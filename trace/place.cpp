// SPDX-License-Identifier: Apache-2.0
#include "trace/place.hpp"

#include <fmt/format.h>

#include <fstream>
#include <limits>

namespace waferloom::trace {

std::size_t column_of(std::string_view line, std::string_view problem) {
  // A text of a record cannot hold a key's quotes but behind backslashes.
  std::string_view field = problem.substr(0, problem.find_first_of(":, "));
  std::size_t at = std::string_view::npos;
  while (!field.empty()) {
    const std::size_t dot = std::min(field.find('.'), field.size());
    const std::size_t found =
        line.find(fmt::format("\"{}\":", field.substr(0, dot)), at == std::string_view::npos ? 0 : at);
    if (found == std::string_view::npos) break;
    at = found;
    field.remove_prefix(std::min(dot + 1, field.size()));
  }
  return at == std::string_view::npos ? 1 : at + 1;
}

std::string without_place(const core::JsonError& error) {
  const std::string text = error.what();
  const std::size_t end = text.find(": ");
  return text.starts_with("parse error at line ") && end != std::string::npos ? text.substr(end + 2) : text;
}

std::string place_in(const std::filesystem::path& file, std::uint64_t number, std::string_view problem) {
  std::ifstream stream(file, std::ios::binary);
  for (std::uint64_t i = 1; i < number && stream; ++i) {
    stream.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  std::string line;
  std::getline(stream, line);
  return fmt::format("{}:{}:{}", file.string(), number, column_of(line, problem));
}

std::string located(const std::filesystem::path& file, const RuleError& error) {
  constexpr std::uint64_t kFirstRecord = 2;
  return fmt::format("{}: {}", place_in(file, error.record() + kFirstRecord, error.problem()), error.what());
}

}  // namespace waferloom::trace
