// SPDX-License-Identifier: Apache-2.0
// What a group of records took: its time, how busy each resource was meanwhile, and what bounds it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/wavelet.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/result/shares.hpp"

namespace waferloom::wafer {

/// What limits a group of records: the resource that is busy the largest share of the group's time.
enum class Bound : std::uint8_t {
  compute,
  sram,
  rows,     ///< moving wavelets along rows: mostly reductions of partial sums
  columns,  ///< and along columns: multicast of weights, reduction of gradients
  io,
  bubble  ///< nothing: tiles wait for one another or for the host
};
[[nodiscard]] std::string_view name_of(Bound bound);
/// Below this share no resource explains the time: tiles wait for dependencies.
inline constexpr double kBoundShare = 0.5;
/// Two that weigh about the same are a tie: the lesser is at least so much of the greater.
inline constexpr double kTie = 0.9;

struct GroupResult {
  Group group;
  core::Cycle start = 0;
  core::Cycle end = 0;
  /// Of the group's time, its tiles and their links. All work in this time counts, whichever group it belongs to.
  Shares shares;
  Bound bound = Bound::bubble;
  std::vector<Bound> ties;  ///< what weighs about as much as that
  /// Of the time of its own operations on SRAM, the part in which arithmetic and SRAM alone would take about as long
  /// as both do (even_work.hpp): there either holds the other up.
  double even = 0;
  double busy_cycles = 0;  ///< of all PEs, for this group's own work
  std::uint64_t hops = 0;  ///< of its own wavelets over links between tiles and to I/O
  [[nodiscard]] core::Cycle cycles() const { return end - start; }
};

/// The resource with the largest share.
[[nodiscard]] Bound bound_of(const Shares& shares);
/// Those whose weight is about that of the one with the largest share, in the order of Bound; `even`: see GroupResult.
[[nodiscard]] std::vector<Bound> ties_of(const Shares& shares, double even);

}  // namespace waferloom::wafer
