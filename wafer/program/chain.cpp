// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/chain.hpp"

#include <algorithm>

namespace waferloom::wafer {

using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

bool is_whole(const ChainPlace& place) { return place.length < 3 || place.whole.tiles <= place.length; }

/// Of the whole line, the first tile that the one at `index` stands for.
std::uint64_t first_tile(std::uint64_t index, const ChainPlace& place) {
  if (index == 0) return 0;
  if (index == place.length) return place.whole.tiles;
  const std::uint64_t inner = place.length - 2;
  return 1 + ((index - 1) * (place.whole.tiles - 2) + inner / 2) / inner;
}

std::uint64_t owner_of(std::uint64_t block, const ChainPlace& place, std::uint64_t blocks) {
  std::uint64_t index = block * place.length / blocks;
  if (is_whole(place)) return index;
  while (index > 0 && first_block_of(index, place, blocks) > block) --index;
  while (first_block_of(index + 1, place, blocks) <= block) ++index;
  return index;
}

/// How roots alternate: from tile to tile in so many blocks, then anew. Of a line that stands for a longer one its ends,
/// which stand for one tile each, are no roots, and a tile between them is the root for as many blocks in a row as the
/// tiles that it stands for.
struct Turns {
  std::uint64_t first = 0;
  std::uint64_t tiles = 1;
  std::uint64_t blocks = 1;
  [[nodiscard]] std::uint64_t begin_of(std::uint64_t tile) const {
    return (tile * blocks + tiles - 1) / tiles;
  }
};

Turns turns_of(const ChainPlace& place, std::uint64_t blocks) {
  if (is_whole(place)) return {0, place.length, place.length};
  const std::uint64_t tiles = place.length - 2;
  const std::uint64_t all = std::max(blocks, place.whole.blocks);
  return {1, tiles, std::max(tiles, (2 * blocks * place.whole.tiles + all) / (2 * all))};
}

BlockRuns between(std::uint64_t begin, std::uint64_t end) { return {begin, end > begin ? end - begin : 0}; }

/// Of `blocks` blocks whose roots alternate, those with one whose index lies in [low, high].
BlockRuns alternating_blocks(std::uint64_t blocks, const ChainPlace& place, std::uint64_t low,
                             std::uint64_t high) {
  const Turns turns = turns_of(place, blocks);
  low = std::max(low, turns.first);
  high = std::min(high, turns.first + turns.tiles - 1);
  if (low > high) return {};
  const std::uint64_t begin = turns.begin_of(low - turns.first);
  const std::uint64_t run = turns.begin_of(high + 1 - turns.first) - begin;
  const std::uint64_t rest = blocks % turns.blocks;
  const std::uint64_t of_rest = rest > begin ? std::min(rest - begin, run) : 0;
  return {begin, blocks / turns.blocks * run + of_rest, run, turns.blocks};
}

/// Blocks whose root index lies in [low, high].
BlockRuns blocks_with_root(const Record& record, const ChainPlace& place, std::uint64_t low,
                           std::uint64_t high) {
  if (low > high) return {};
  switch (record.root) {
    case Root::first:
      return low == 0 ? between(0, record.blocks) : BlockRuns{};
    case Root::last:
      return high >= place.length - 1 ? between(0, record.blocks) : BlockRuns{};
    case Root::rotating:
      return between(first_block_of(low, place, record.blocks),
                     first_block_of(high + 1, place, record.blocks));
    case Root::alternating:
      return alternating_blocks(record.blocks, place, low, high);
  }
  return {};
}

/// The flow whose last tile hands a reduce's sums to a stream_out.
Flow draining_flow(const Record& record) { return record.root == Root::first ? Flow::down : Flow::up; }

struct GatherCounts {
  std::uint64_t own = 0;     ///< blocks of this tile
  std::uint64_t before = 0;  ///< blocks of tiles with a lower index
  std::uint64_t after = 0;   ///< blocks of tiles with a higher index
};

GatherCounts gather_counts(const Record& record, const ChainPlace& place) {
  const std::uint64_t begin = first_block_of(place.index, place, record.blocks);
  const std::uint64_t end = first_block_of(place.index + 1, place, record.blocks);
  return {end - begin, begin, record.blocks - end};
}

bool sends_own(const ChainPlace& place, Flow flow) {
  return flow == Flow::up ? place.index + 1 < place.length : place.index > 0;
}

ChainStep gather_step(const Record& record, const ChainPlace& place, Flow flow, std::uint64_t step) {
  const GatherCounts counts = gather_counts(record, place);
  const std::uint64_t own = sends_own(place, flow) ? counts.own : 0;
  ChainStep result;
  result.sends = sends_own(place, flow);
  if (step < own) {
    result.ordinal = step;
    result.own = true;
  } else {
    result.receives = true;
    result.ordinal = counts.own + (flow == Flow::up ? 0 : counts.before) + (step - own);
  }
  result.block = gathered_block(record, place, result.ordinal);
  return result;
}

/// What a tile of a shift does in each block, as seen along the way that the shift goes.
struct ShiftRound {
  std::uint64_t index = 0;    ///< of the tile, from where the shift comes
  std::uint64_t sources = 0;  ///< the first so many tiles have a block of their own
  std::uint64_t nearest = 1;  ///< how far away the sources are whose blocks come by
  std::uint64_t farthest = 0;
  [[nodiscard]] std::uint64_t own() const { return index < sources ? 1 : 0; }
  [[nodiscard]] std::uint64_t steps() const { return own() + farthest + 1 - nearest; }
};

Flow shift_flow(const Record& record) { return record.root == Root::last ? Flow::up : Flow::down; }

ShiftRound shift_round(const Record& record, const ChainPlace& place) {
  ShiftRound round;
  round.index = record.root == Root::last ? place.index : place.length - 1 - place.index;
  round.sources = place.length - record.distance;
  round.nearest = round.index < round.sources ? 1 : round.index + 1 - round.sources;
  round.farthest = std::min<std::uint64_t>(round.index, record.distance);
  return round;
}

ChainStep shift_step(const Record& record, const ChainPlace& place, std::uint64_t step) {
  const ShiftRound round = shift_round(record, place);
  const std::uint64_t in_round = step % round.steps();
  ChainStep result;
  result.block = step / round.steps();
  result.ordinal = result.block;
  const std::uint64_t away = in_round < round.own() ? 0 : round.nearest + in_round - round.own();
  result.receives = away != 0;
  result.sends = away != record.distance;
  result.own = away == 0 || away == record.distance;
  const std::uint64_t source = round.index - away;
  result.source = record.root == Root::last ? source : round.sources - 1 - source;
  return result;
}

}  // namespace

std::uint64_t root_of(const Record& record, const ChainPlace& place, std::uint64_t block) {
  if (record.kind == Kind::all_gather) return owner_of(block, place, record.blocks);
  switch (record.root) {
    case Root::first:
      return 0;
    case Root::last:
      return place.length - 1;
    case Root::rotating:
      return owner_of(block, place, record.blocks);
    case Root::alternating: {
      const Turns turns = turns_of(place, record.blocks);
      return turns.first + block % turns.blocks * turns.tiles / turns.blocks;
    }
  }
  return 0;
}

std::uint64_t first_block_of(std::uint64_t index, const ChainPlace& place, std::uint64_t blocks) {
  if (place.starts != nullptr) return place.starts[index];
  if (is_whole(place)) return first_block_of(index, place.length, blocks);
  const std::uint64_t all = std::max(blocks, place.whole.blocks);
  const std::uint64_t first = first_block_of(first_tile(index, place), place.whole.tiles, all);
  return (2 * first * blocks + all) / (2 * all);
}

BlockRuns blocks_through(const Record& record, const ChainPlace& place, Flow flow) {
  if (place.through != nullptr) return place.through[flow == Flow::up ? 0 : 1];
  const std::uint64_t last = place.length - 1;
  if (place.length == 1) return {};
  const bool towards_root = record.kind == Kind::reduce;
  if ((flow == Flow::up) == towards_root) {
    return blocks_with_root(record, place, place.index == 0 ? 1 : place.index, last);
  }
  if (place.index == last) return blocks_with_root(record, place, 0, last - 1);
  return blocks_with_root(record, place, 0, place.index);
}

std::vector<std::uint64_t> line_starts(const ChainPlace& place, std::uint64_t blocks) {
  std::vector<std::uint64_t> starts;
  for (std::uint64_t index = 0; index <= place.length; ++index) {
    starts.push_back(first_block_of(index, place, blocks));
  }
  return starts;
}

std::int64_t turn_of(const Record& record, const ChainPlace& place, std::uint64_t block) {
  if (record.kind == Kind::all_gather || record.kind == Kind::shift) return 0;
  const std::uint64_t all = std::max<std::uint64_t>(record.blocks, place.whole.blocks);
  const std::uint64_t first = block * all / record.blocks;
  const auto owner = static_cast<std::int64_t>(first * std::max(place.whole.tiles, place.length) / all);
  return record.kind == Kind::reduce ? owner : -owner;
}

double tiles_at(const ChainPlace& place) {
  if (place.whole.tiles <= place.length) return 1;
  if (is_whole(place)) return static_cast<double>(place.whole.tiles) / static_cast<double>(place.length);
  return static_cast<double>(first_tile(place.index + 1, place) - first_tile(place.index, place));
}

std::uint64_t gathered_block(const Record& gather, const ChainPlace& place, std::uint64_t ordinal) {
  const GatherCounts counts = gather_counts(gather, place);
  if (ordinal < counts.own) return counts.before + ordinal;
  ordinal -= counts.own;
  if (ordinal >= counts.before) return counts.own + ordinal;
  // Nearest source first, the blocks of a source in ascending order.
  for (std::uint64_t source = place.index; source-- > 0;) {
    const std::uint64_t begin = first_block_of(source, place, gather.blocks);
    const std::uint64_t size = first_block_of(source + 1, place, gather.blocks) - begin;
    if (ordinal < size) return begin + ordinal;
    ordinal -= size;
  }
  return 0;
}

std::uint64_t chain_steps(const Record& record, const ChainPlace& place, Flow flow) {
  if (record.kind == Kind::shift) {
    if (place.length == 1 || flow != shift_flow(record)) return 0;
    return shift_round(record, place).steps() * record.blocks;
  }
  if (record.kind == Kind::all_gather) {
    if (place.length == 1) return 0;
    const GatherCounts counts = gather_counts(record, place);
    return (sends_own(place, flow) ? counts.own : 0) + (flow == Flow::up ? counts.before : counts.after);
  }
  if (place.length == 1) {
    return record.drains_to != trace::kNoRecord && flow == draining_flow(record) ? record.blocks : 0;
  }
  return blocks_through(record, place, flow).size;
}

ChainStep chain_step(const Record& record, const ChainPlace& place, Flow flow, std::uint64_t step) {
  if (record.kind == Kind::all_gather) return gather_step(record, place, flow, step);
  if (record.kind == Kind::shift) return shift_step(record, place, step);
  ChainStep result;
  result.block = place.length == 1 ? step : blocks_through(record, place, flow).at(step);
  result.ordinal = result.block;
  const std::uint64_t root = root_of(record, place, result.block);
  result.own = trace::takes_turns(record.root) && root == place.index;
  const bool up = flow == Flow::up;
  const bool first = up ? place.index == 0 : place.index + 1 == place.length;
  const bool last = up ? place.index + 1 == place.length : place.index == 0;
  if (record.kind == Kind::reduce) {
    result.receives = !first;
    result.sends = place.index != root || record.drains_to != trace::kNoRecord;
    result.contributors = up ? place.index : place.length - 1 - place.index;
  } else {
    result.receives = place.index != root;
    result.sends = !last;
  }
  return result;
}

std::uint64_t chain_progress(const Record& record, const ChainPlace& place, std::uint64_t up,
                             std::uint64_t down) {
  if (record.kind == Kind::all_gather) {
    const GatherCounts counts = gather_counts(record, place);
    const std::uint64_t own_up = sends_own(place, Flow::up) ? counts.own : 0;
    const std::uint64_t own_down = sends_own(place, Flow::down) ? counts.own : 0;
    // Own blocks are there without being received; that they are still being sent holds up nobody here.
    const std::uint64_t from_below = up - std::min(up, own_up);
    if (from_below < counts.before) return counts.own + from_below;
    return counts.own + counts.before + (down - std::min(down, own_down));
  }
  if (place.length == 1) return std::max(up, down);
  if (record.kind == Kind::shift) return std::max(up, down) / shift_round(record, place).steps();
  // A flow that has no step for a block is past it.
  const auto passed = [&](Flow flow, std::uint64_t done) -> std::uint64_t {
    const BlockRuns blocks = blocks_through(record, place, flow);
    return done == blocks.size ? record.blocks : blocks.at(done);
  };
  return std::min(passed(Flow::up, up), passed(Flow::down, down));
}

}  // namespace waferloom::wafer
