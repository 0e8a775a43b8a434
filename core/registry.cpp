// SPDX-License-Identifier: Apache-2.0
#include "core/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/nearest.hpp"

namespace waferloom::core {

InputError unknown_name(std::string_view what, const std::vector<std::string>& known, std::string_view name) {
  const std::string nearest = nearest_name(name, known);
  return InputError(fmt::format("{}: expected one of {}, got {}{}", what, fmt::join(known, ", "), name,
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

}  // namespace waferloom::core
