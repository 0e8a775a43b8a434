// SPDX-License-Identifier: Apache-2.0
#include "core/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/nearest.hpp"

namespace waferloom::core {

std::string expected_one_of(const std::vector<std::string>& known, std::string_view name) {
  return fmt::format("expected one of {}, got {}{}", fmt::join(known, ", "), name, suggestion(name, known));
}

InputError unknown_name(std::string_view what, const std::vector<std::string>& known, std::string_view name) {
  return InputError(fmt::format("{}: {}", what, expected_one_of(known, name)));
}

}  // namespace waferloom::core
