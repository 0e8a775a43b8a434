// SPDX-License-Identifier: Apache-2.0
// How many blocks of a passing tensor a PE holds at once (assumed; on the real machine a compiler chooses).
#pragma once

#include <cstdint>

namespace waferloom::models {

/// One fills while the other drains.
inline constexpr std::uint32_t kBuffers = 2;
/// Gathered blocks: more than two, as neighbours forward each other's blocks.
inline constexpr std::uint32_t kGatherBuffers = 4;

}  // namespace waferloom::models
