// SPDX-License-Identifier: Apache-2.0
// Chain collectives on a line of tiles: what each PE receives, adds and forwards, block by block. A line has
// two flows, up (towards higher index: east or south) and down; each is run by a microthread of its own and
// alternates between two colors, so that a PE never receives and sends on the same one.
//
//   reduce      each PE adds its vector to the stream and forwards it to the block's root
//   broadcast   the root's block is forwarded from PE to PE
//   all_gather  each PE sends its own blocks both ways, then forwards what comes, nearest source first
//   shift       block by block, each PE sends its own one way, forwards what comes, nearest source first, and keeps
//               what comes from `distance` tiles away, last
//
// Pure functions of the record and the tile's place on its line; timing arises in pe/ and fabric/.
//
// A line may stand for a longer one, and its blocks for more. Its first and its last tile then stand for one
// tile each, as nothing comes from beyond them, and those between for equal shares of the others.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/record.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::wafer {

/// What a line and a record's blocks stand for; 0: for themselves.
struct LineScale {
  std::uint64_t tiles = 0;
  std::uint64_t blocks = 0;
};

/// Blocks in ascending order: runs of so many that follow each other, the runs so many blocks apart.
struct BlockRuns {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;  ///< of all runs
  std::uint64_t run = 1;
  std::uint64_t period = 1;
  [[nodiscard]] std::uint64_t at(std::uint64_t step) const {
    return size <= run ? begin + step : begin + step / run * period + step % run;
  }
};

/// A tile's place on its line.
struct ChainPlace {
  std::uint64_t index = 0;   ///< within its piece
  std::uint64_t length = 1;  ///< tiles in the piece
  LineScale whole;           ///< what the piece stands for
  /// First block of each of the piece's tiles, and the number of blocks behind them, where that is worked out
  /// already (line_starts).
  const std::uint64_t* starts = nullptr;
  /// What blocks_through() says of the flow up and of the one down, where that is worked out already.
  const BlockRuns* through = nullptr;
};

struct ChainStep {
  std::uint64_t ordinal = 0;  ///< position in this tile's order of blocks
  std::uint64_t block = 0;    ///< the record's block
  bool receives = false;
  bool sends = false;
  std::uint64_t source = 0;        ///< of a shift: whose elements they are, among its sources on the line
  bool own = false;                ///< the block is this tile's, where tiles take turns: its root or source
  std::uint64_t contributors = 1;  ///< payload units that each received wavelet carries
};

/// Blocks that a reduce or broadcast moves through a tile in one flow. A reduce's upward flow serves roots at
/// or above the tile, a broadcast's roots at or below it; a tile at the line's end has no neighbour to deal
/// with beyond.
[[nodiscard]] BlockRuns blocks_through(const trace::Record& record, const ChainPlace& place, Flow flow);

/// Steps of `flow` at a tile, over all blocks.
[[nodiscard]] std::uint64_t chain_steps(const trace::Record& record, const ChainPlace& place, Flow flow);

/// The `step`-th of them.
[[nodiscard]] ChainStep chain_step(const trace::Record& record, const ChainPlace& place, Flow flow,
                                   std::uint64_t step);

/// Blocks that this tile has, in its order, when `up` and `down` steps of the flows are done.
[[nodiscard]] std::uint64_t chain_progress(const trace::Record& record, const ChainPlace& place,
                                           std::uint64_t up, std::uint64_t down);

/// The block that an all_gather delivers at `ordinal` to a tile.
[[nodiscard]] std::uint64_t gathered_block(const trace::Record& gather, const ChainPlace& place,
                                           std::uint64_t ordinal);

/// The tile to which a block belongs: a reduce's or broadcast's root, the source of a gather.
[[nodiscard]] std::uint64_t root_of(const trace::Record& record, const ChainPlace& place,
                                    std::uint64_t block);

/// First block that belongs to tile `index` of a line that `place` lies on, of `blocks` in all.
[[nodiscard]] std::uint64_t first_block_of(std::uint64_t index, const ChainPlace& place,
                                           std::uint64_t blocks);

/// The same of all tiles of a line, and the number of blocks.
[[nodiscard]] std::vector<std::uint64_t> line_starts(const ChainPlace& place, std::uint64_t blocks);

/// Which of the whole line's tiles a reduce or broadcast has reached in a block that is this tile's own, counted
/// so that up and down flow share a tile unless the down flow's number is larger: a reduce's flows run on the
/// tiles before and behind the root, a broadcast's on those behind and before it. A gather's run on all.
[[nodiscard]] std::int64_t turn_of(const trace::Record& record, const ChainPlace& place, std::uint64_t block);

/// Tiles of the whole line that the one at `place` stands for.
[[nodiscard]] double tiles_at(const ChainPlace& place);

/// First block that belongs to tile `index` of a line of `length`, of `blocks` in all.
[[nodiscard]] constexpr std::uint64_t first_block_of(std::uint64_t index, std::uint64_t length,
                                                     std::uint64_t blocks) {
  return (index * blocks + length - 1) / length;
}

}  // namespace waferloom::wafer
