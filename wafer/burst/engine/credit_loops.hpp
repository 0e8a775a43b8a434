// SPDX-License-Identifier: Apache-2.0
// How long a hop takes on average along a line of tiles, and what flow control by credits does to a stream of wavelets
// of one color, in the long run.
//
// A queue of n places whose credits are back after r cycles lets n wavelets pass in r cycles, however fast those at its
// ends are. r, as of the contracts of fabric/router_array.hpp and pe/pe_array.hpp, with R the latency of a ramp and H
// that of a hop:
//   - A link: a wavelet sent in t can go on in t + H, or later where the link is narrow, and its credit is used again in
//     the cycle after. What is on its way has places of its own, H - 1 of them.
//   - Up the ramp: the PE takes it in t + R at the earliest, and the router has the credit in the same cycle.
//   - Down the ramp: a result stays in its queue from the begin of its iteration to the end of the ramp's R cycles, and
//     in the router's until the cycle after the one in which it came.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fabric/limits.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::burst {

/// Cycles; `reticle_extent`: of a reticle along the line, each of whose edges costs a crossing.
[[nodiscard]] inline double hop_cycles(const fabric::FabricParameters& fabric, std::uint32_t reticle_extent) {
  return fabric.hop_latency_cycles + fabric::link_delay_cycles(fabric) +
         static_cast<double>(fabric.reticle_crossing_cycles) / static_cast<double>(reticle_extent);
}

/// Wavelets that a link of a line of tiles and the router's queue behind it hold, on average over its links.
/// `reticle_extent`: of a reticle along the line.
[[nodiscard]] inline double link_words(const fabric::FabricParameters& fabric, std::uint32_t reticle_extent) {
  return fabric.queue_depth + fabric.hop_latency_cycles - 1 +
         static_cast<double>(fabric.reticle_crossing_cycles) / static_cast<double>(reticle_extent);
}

/// Cycles per wavelet over links.
[[nodiscard]] inline double link_period(const fabric::FabricParameters& fabric) {
  const double there_and_back = fabric.hop_latency_cycles + fabric::link_delay_cycles(fabric) + 1;
  const double places = fabric.queue_depth + fabric.hop_latency_cycles - 1;
  return std::max<double>(fabric.link_cycles(), there_and_back / places);
}

/// Cycles per wavelet into a PE's queue of so many places.
[[nodiscard]] inline double period_up(const fabric::FabricParameters& fabric, std::uint32_t places) {
  return static_cast<double>(fabric.ramp_latency_cycles) / places;
}

/// Cycles per wavelet out of a PE's queue of so many places, of a step that takes `cycles` for each.
[[nodiscard]] inline double period_down(const fabric::FabricParameters& fabric, std::uint32_t places,
                                        double cycles) {
  return std::max((fabric.ramp_latency_cycles + cycles - 1) / places, 2.0 / fabric.queue_depth);
}

/// What the queues at both ends of a way between two PEs let through.
struct RampLimit {
  double period = 0;  ///< cycles per wavelet in the long run
  double places = 0;  ///< wavelets that come faster after a pause
};

/// Of a way from a queue of `from` places to one of `to`.
[[nodiscard]] inline RampLimit ramp_limit_of(const fabric::FabricParameters& fabric, std::uint32_t from,
                                             std::uint32_t to, double cycles) {
  const double down = period_down(fabric, from, cycles);
  const double up = period_up(fabric, to);
  if (down > up) return {down, static_cast<double>(from)};
  return {up, static_cast<double>(to)};
}

}  // namespace waferloom::burst
