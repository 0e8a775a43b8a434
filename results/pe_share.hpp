// SPDX-License-Identifier: Apache-2.0
// Where a group's `pe_share` holds which kind of work.
#pragma once

#include "pe/step.hpp"

namespace waferloom::results {

inline constexpr auto kArithmetic = static_cast<std::size_t>(pe::Work::arithmetic);
inline constexpr auto kSram = static_cast<std::size_t>(pe::Work::sram);
inline constexpr auto kStreaming = static_cast<std::size_t>(pe::Work::streaming);

}  // namespace waferloom::results
