// SPDX-License-Identifier: Apache-2.0
// How a rule that a record breaks is told.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "trace/record.hpp"

namespace waferloom::trace {

/// A rule that a record breaks; the message reads "record N (NAME): field: expected ..., got ...".
class RuleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class... Args>
[[noreturn]] void break_rule(const Record& record, fmt::format_string<Args...> format, Args&&... args) {
  throw RuleError(fmt::format("record {} ({}): {}", record.id, record.name,
                              fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace waferloom::trace
