// SPDX-License-Identifier: Apache-2.0
// What BookSim2 measures of 8 x 8 meshes (input-queued router; mean of 3 seeds, samples of 10,000 cycles after 3 of
// warm-up): 1 virtual channel of 8 flits, first along x, VC allocation, switch allocation and traversal of 1 cycle each,
// link 1 cycle, lookahead routing, iSLIP with 1 iteration, credits without delay. "Speculative" allocates VC and switch
// in one cycle. Latency: a packet's generation to its tail's arrival.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace waferloom::validation {

/// The latency of a network whose queues grow without end.
inline constexpr double kUnstable = std::numeric_limits<double>::infinity();
/// Beyond this share of the saturation a latency depends on how long one waits.
inline constexpr double kComparableShare = 0.8;

struct BooksimPoint {
  double load;            ///< flits per node and cycle
  double latency_cycles;  ///< or kUnstable
};

struct BooksimNetwork {
  const char* name;
  const char* pattern;
  std::uint32_t packet_flits;
  bool speculative;
  std::span<const BooksimPoint> points;
  double accepted;  ///< flits per node and cycle, at load 1

  /// The load at which the network saturates, in flits per node and cycle.
  [[nodiscard]] double saturation() const;
};

[[nodiscard]] std::span<const BooksimNetwork> booksim_networks();

}  // namespace waferloom::validation
