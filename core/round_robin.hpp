// SPDX-License-Identifier: Apache-2.0
// Choice in turn among the bits of a mask.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

namespace waferloom::core {

/// The first bit set at or after `from`, else the first of all; `mask` must not be 0.
template <std::unsigned_integral Mask>
[[nodiscard]] constexpr std::uint32_t first_in_turn(Mask mask, std::uint32_t from) {
  const auto wide = static_cast<std::uint64_t>(mask);
  const std::uint64_t after = wide & (~std::uint64_t{0} << from);
  return static_cast<std::uint32_t>(std::countr_zero(after != 0 ? after : wide));
}

}  // namespace waferloom::core
