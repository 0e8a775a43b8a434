// SPDX-License-Identifier: Apache-2.0
// What the simulator holds of routers that carry wavelets, and so how far their parameters go.
#pragma once

#include <cstdint>

#include "fabric/parameters.hpp"

namespace waferloom::fabric {

/// Most wavelets of a router's queue: with those on the longest link behind it they are counted in a byte.
inline constexpr std::uint32_t kMostQueueDepth = 128;
/// Longest time that fabric.hop_latency and fabric.reticle_crossing may state; packet routers hold as much.
inline constexpr std::uint32_t kLongestLinkCycles = 1000;
/// Longest time from one router to the next, of those that carry wavelets.
inline constexpr std::uint32_t kMostHopCycles = 63;

/// From the cycle in which a wavelet leaves a router to that in which its last bits arrive, between reticles.
[[nodiscard]] inline std::uint32_t longest_hop_cycles(const FabricParameters& fabric) {
  return fabric.hop_latency_cycles + fabric.reticle_crossing_cycles + fabric.link_cycles() - 1;
}

}  // namespace waferloom::fabric
