// SPDX-License-Identifier: Apache-2.0
// Chain collectives on a line of tiles: what each PE receives, adds and forwards, block by block. A line has
// two flows, up (towards higher index: east or south) and down; each is run by a microthread of its own and
// alternates between two colors, so that a PE never receives and sends on the same one.
//
//   reduce      each PE adds its vector to the stream and forwards it to the block's root
//   broadcast   the root's block is relayed from PE to PE
//   all_gather  each PE sends its own blocks both ways, then relays what comes, nearest source first
//
// Pure functions of the record and the tile's place on its line; timing arises in pe/ and fabric/.
#pragma once

#include <cstdint>

#include "trace/record.hpp"

namespace waferloom::wafer {

enum class Flow : std::uint8_t { up, down };

/// A tile's place on its line.
struct ChainPlace {
  std::uint64_t index = 0;   ///< within its group
  std::uint64_t length = 1;  ///< tiles in the group
};

struct ChainStep {
  std::uint64_t ordinal = 0;  ///< position in this tile's order of blocks
  std::uint64_t block = 0;    ///< the record's block
  bool receives = false;
  bool sends = false;
  std::uint64_t contributors = 1;  ///< payload units that each received wavelet carries
};

/// Steps of `flow` at a tile, over all blocks.
[[nodiscard]] std::uint64_t chain_steps(const trace::Record& record, ChainPlace place, Flow flow);

/// The `step`-th of them.
[[nodiscard]] ChainStep chain_step(const trace::Record& record, ChainPlace place, Flow flow,
                                   std::uint64_t step);

/// Blocks that this tile has, in its order, when `up` and `down` steps of the flows are done.
[[nodiscard]] std::uint64_t chain_progress(const trace::Record& record, ChainPlace place, std::uint64_t up,
                                           std::uint64_t down);

/// The block that an all_gather delivers at `ordinal` to a tile.
[[nodiscard]] std::uint64_t gathered_block(const trace::Record& gather, ChainPlace place,
                                           std::uint64_t ordinal);

/// First block that belongs to tile `index` of a line of `length`, of `blocks` in all.
[[nodiscard]] constexpr std::uint64_t first_block_of(std::uint64_t index, std::uint64_t length,
                                                     std::uint64_t blocks) {
  return (index * blocks + length - 1) / length;
}

}  // namespace waferloom::wafer
