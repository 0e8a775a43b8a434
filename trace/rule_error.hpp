// SPDX-License-Identifier: Apache-2.0
// How a rule that a record breaks is told.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/error.hpp"
#include "trace/record.hpp"

namespace waferloom::trace {

/// A rule that a record breaks, or that the machine cannot follow it; the message reads
/// "record N (NAME): field: expected ..., got ...". Who knows the file adds the place: trace/place.hpp.
class RuleError : public core::InputError {
 public:
  /// `problem`: "field: expected ..., got ...", or without a field.
  RuleError(const Record& record, std::string problem)
      : core::InputError(fmt::format("record {} ({}): {}", record.id, record.name, problem)),
        record_(record.id),
        problem_(std::move(problem)) {}
  [[nodiscard]] std::uint32_t record() const { return record_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::uint32_t record_;
  std::string problem_;
};

template <class... Args>
[[noreturn]] void break_rule(const Record& record, fmt::format_string<Args...> format, Args&&... args) {
  throw RuleError(record, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace waferloom::trace
