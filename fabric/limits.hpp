// SPDX-License-Identifier: Apache-2.0
// What the simulator holds of routers that carry wavelets, and so how far their parameters go.
#pragma once

#include <cmath>
#include <cstdint>

#include "fabric/parameters.hpp"

namespace waferloom::fabric {

/// Most wavelets of a router's queue: with those on the longest link behind it they are counted in a byte.
inline constexpr std::uint32_t kMostQueueDepth = 128;
/// Longest time that fabric.hop_latency, fabric.turn_latency and fabric.reticle_crossing may state; packet routers
/// hold as much.
inline constexpr std::uint32_t kLongestLinkCycles = 1000;
/// Longest time from one router to the next, of those that carry wavelets.
inline constexpr std::uint32_t kMostHopCycles = 63;

/// Longest time for which what a link carries at once takes it up.
inline constexpr double kLongestLinkTime = 16;

/// Whole cycles after which a link that a wavelet takes up is free again, at most.
[[nodiscard]] inline std::uint32_t most_link_cycles(const FabricParameters& fabric) {
  return static_cast<std::uint32_t>(std::ceil(fabric.link_cycles()));
}
/// Cycles by which a wavelet arrives later than over a link that carries one a cycle; its part of a cycle is not waited
/// for.
[[nodiscard]] inline std::uint32_t link_delay_cycles(const FabricParameters& fabric) {
  return static_cast<std::uint32_t>(fabric.link_cycles()) - 1;
}
/// From the cycle in which a wavelet leaves a router to that in which its last bits arrive, between reticles.
[[nodiscard]] inline std::uint32_t longest_hop_cycles(const FabricParameters& fabric) {
  return fabric.hop_latency_cycles + fabric.reticle_crossing_cycles + fabric.turn_latency_cycles +
         most_link_cycles(fabric) - 1;
}

}  // namespace waferloom::fabric
