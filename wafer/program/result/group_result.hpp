// SPDX-License-Identifier: Apache-2.0
// What a group of records took: its time, how busy each resource was meanwhile, and what bounds it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "core/wavelet.hpp"
#include "pe/step.hpp"
#include "wafer/program/groups.hpp"

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
/// Below this share no resource explains the time: what is left are waits of dependencies.
inline constexpr double kBoundShare = 0.5;

struct GroupResult {
  Group group;
  core::Cycle start = 0;
  core::Cycle end = 0;
  /// Shares of the group's time, averaged over its PEs, that their datapaths worked, by kind of work. All
  /// work in this time counts, whichever group it belongs to.
  std::array<double, pe::kWorks> pe_share{};
  double row_link_share = 0;     ///< busiest link between tiles of a row
  double column_link_share = 0;  ///< and of a column
  double io_in_share = 0;        ///< busiest channel into the wafer
  double io_out_share = 0;       ///< busiest channel out of it
  Bound bound = Bound::bubble;
  double busy_cycles = 0;  ///< of all PEs, for this group's own work
  std::uint64_t hops = 0;  ///< of its own wavelets over links between tiles and to I/O
  [[nodiscard]] core::Cycle cycles() const { return end - start; }
  [[nodiscard]] double link_share() const { return std::max(row_link_share, column_link_share); }
};

/// The resource that is busy the largest share of a group's time.
[[nodiscard]] Bound bound_of(const GroupResult& group);

}  // namespace waferloom::wafer
