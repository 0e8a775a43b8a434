// SPDX-License-Identifier: Apache-2.0
// How the areas of two records lie to each other.
#pragma once

#include "core/geometry.hpp"

namespace waferloom::trace {

[[nodiscard]] constexpr bool overlap(const core::Rectangle& a, const core::Rectangle& b) {
  return a.x < std::uint64_t{b.x} + b.width && b.x < std::uint64_t{a.x} + a.width &&
         a.y < std::uint64_t{b.y} + b.height && b.y < std::uint64_t{a.y} + a.height;
}

}  // namespace waferloom::trace
