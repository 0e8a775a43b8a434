// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic that several folders need.
#pragma once

#include <cstdint>

namespace waferloom::core {

[[nodiscard]] constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace waferloom::core
