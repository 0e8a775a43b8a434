// SPDX-License-Identifier: Apache-2.0
// How many blocks of a tensor that passes by a PE holds at once (assumed; a compiler's choice on the real
// machine).
#pragma once

#include <cstdint>

namespace waferloom::models {

/// One fills while the other drains.
inline constexpr std::uint32_t kBuffers = 2;
/// Gathered blocks: more than two, as neighbours relay through each other.
inline constexpr std::uint32_t kGatherBuffers = 4;

}  // namespace waferloom::models
