// SPDX-License-Identifier: Apache-2.0
// A workload of ranks on a rectangle of the wafer. Ranks lie in a grid, row by row, each on a rectangle of equally many
// tiles over which its data and its work are spread evenly.
//
//   computation   `compute` on the rank's tiles: its operations and memory traffic at the PEs' rates, or the time that it
//                 took where it was traced
//   messages      `shift` along the rows to the column of the receiver, then along the columns
//   collectives   rounds of messages (trace/import/exchange.hpp), and `compute` that adds; ranks that lie next to each
//                 other and send equally far do so in one record
//
// Sizes are rounded up to whole words, and each rank's share of a message to as many for each of its columns; long ones
// that others wait for part by part, to as many for each tile.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "trace/import/exchange.hpp"
#include "trace/import/workload.hpp"

namespace waferloom::trace {

enum class RankWork : std::uint8_t { operations, duration };

struct RankPlacement {
  std::uint32_t columns = 1;     ///< of ranks
  std::uint32_t tile_width = 1;  ///< of a rank
  std::uint32_t tile_height = 1;
  [[nodiscard]] std::uint32_t rows(std::uint32_t ranks) const { return (ranks + columns - 1) / columns; }
};

struct LowerOptions {
  RankPlacement placement;
  AllReduce all_reduce = AllReduce::ring;
  /// What a computation is where a step says both; where it says one, that.
  RankWork work = RankWork::operations;
  double clock_hz = 0;  ///< of the PEs, for durations
};

struct LowerSums {
  std::uint64_t message_bytes = 0;  ///< that ranks send each other, as the workload has them
  std::uint64_t moved_bytes = 0;    ///< in whole words of tiles
  std::uint64_t as_operations = 0;  ///< computations
  std::uint64_t as_duration = 0;
  std::uint64_t without_work = 0;
};

[[nodiscard]] Header lowered_header(const Workload& workload, const LowerOptions& options);

/// Gives the records one by one.
LowerSums lower(const Workload& workload, const LowerOptions& options,
                const std::function<void(const Record&)>& sink);

}  // namespace waferloom::trace
