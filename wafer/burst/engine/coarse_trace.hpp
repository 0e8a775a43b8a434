// SPDX-License-Identifier: Apache-2.0
// A trace on fewer tiles and in fewer blocks: what fidelity `burst` replays where the rectangle is large.
//
// The rectangle's tiles do the same work on shares that differ by one element at most, so that a grid of some
// of them can stand for all: a tile of the coarse grid has the largest share of those that it stands for, and
// a hop between two coarse tiles counts as many hops as lie between them. Areas side by side, such as the stages
// of a pipeline, keep tiles of their own, lanes at least eight columns. Consecutive blocks are merged; what
// each block costs beyond its data is counted for all that were merged. A rectangle and a number of blocks
// within the limits stay as they are. What this costs in accuracy is measured in docs/fidelity.md.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"
#include "wafer/program/chain.hpp"

namespace waferloom::burst {

struct CoarseLimits {
  std::uint32_t tiles = 0;  ///< of a row, and of a column where `rows` does not say otherwise; 0 = no limit
  /// Per record on up to 16 columns, on more as many more; 0 = as many as the grid can tell.
  std::uint32_t blocks = 0;
  std::uint32_t rows = 0;  ///< where rows are many and behave alike, else up to 8; 0 = as many as tiles
};

/// How much a coarse record's parts stand for.
struct RecordScale {
  double hops = 1;    ///< tiles between a tile and the next one on its line
  double blocks = 1;  ///< blocks in a block
  wafer::LineScale line;
  /// Of a stream in: its features and the columns of the wafer that share them; 0: all columns take the same.
  std::uint64_t features = 0;
  std::uint32_t columns = 1;
  double host_words = 1;  ///< of a stream out, for each that leaves the grid
};

struct CoarseTrace {
  core::Rectangle program;               ///< columns and rows of coarse tiles, at (0, 0)
  double rows = 1;                       ///< of the wafer in one of these, on average
  std::vector<std::uint32_t> column_of;  ///< coarse column that stands for a column of the program
  std::vector<std::uint32_t> row_of;
  std::vector<trace::Record> records;  ///< the same ids and names
  std::vector<RecordScale> scales;
};

/// Words of a stream that a column of the grid takes, in those of a column of a channel that serves `columns`, on
/// average: a column may have more than its neighbours, but not all columns of a channel have.
[[nodiscard]] double stream_share(const trace::Record& coarse, const RecordScale& scale, std::uint32_t column,
                                  std::uint32_t columns);

[[nodiscard]] CoarseTrace coarsen(const std::vector<trace::Record>& records, core::Rectangle program,
                                  const CoarseLimits& limits);

}  // namespace waferloom::burst
