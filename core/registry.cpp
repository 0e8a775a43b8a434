// SPDX-License-Identifier: Apache-2.0
#include "core/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace waferloom::core {

InputError unknown_name(std::string_view what, const std::vector<std::string>& known, std::string_view name) {
  return InputError(fmt::format("{}: expected one of {}, got {}", what, fmt::join(known, ", "), name));
}

}  // namespace waferloom::core
