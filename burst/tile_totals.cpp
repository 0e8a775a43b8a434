// SPDX-License-Identifier: Apache-2.0
#include "burst/tile_totals.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/direction.hpp"
#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "wafer/chain.hpp"

namespace waferloom::burst {

using core::Direction;
using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

/// What decides which link carries how much: records that agree in it are counted once.
auto shape_of(const Record& r) {
  return std::make_tuple(r.kind, r.area.x, r.area.y, r.area.width, r.area.height, r.axis, r.group, r.root,
                         r.blocks, r.elements.scale, r.elements.x, r.elements.y, r.elements.block,
                         r.element_bits, r.density, r.drains_to != trace::kNoRecord);
}

struct BlockRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Blocks that a tile sends on in one flow of a chain.
BlockRange sent_blocks(const Record& record, std::uint64_t index, std::uint64_t length, bool up) {
  const auto owned_from = [&](std::uint64_t i) { return wafer::first_block_of(i, length, record.blocks); };
  const std::uint64_t last = length - 1;
  if (up ? index == last : index == 0) return {};
  const bool owners = record.kind == Kind::all_gather || record.root == Root::rotating;
  if (record.kind == Kind::reduce) {
    if (owners) return up ? BlockRange{owned_from(index + 1), record.blocks} : BlockRange{0, owned_from(index)};
    return (record.root == Root::last) == up ? BlockRange{0, record.blocks} : BlockRange{};
  }
  if (owners) return up ? BlockRange{0, owned_from(index + 1)} : BlockRange{owned_from(index), record.blocks};
  return (record.root == Root::first) == up ? BlockRange{0, record.blocks} : BlockRange{};
}

class Totals {
 public:
  Totals(const wafer::Hardware& hardware, core::Rectangle program)
      : hardware_(hardware), program_(program), tiles_(std::size_t{hardware.fabric.width} * hardware.fabric.height) {}

  void add(const Record& record, std::uint64_t times) {
    switch (record.kind) {
      case Kind::stream_in:
        add_stream(record, times, true);
        return;
      case Kind::stream_out:
        add_stream(record, times, false);
        return;
      case Kind::reduce:
      case Kind::broadcast:
      case Kind::all_gather:
        add_chain(record, times);
        return;
      case Kind::compute:
      case Kind::update:
        return;
    }
  }

  [[nodiscard]] wafer::TileResult& at(std::uint32_t x, std::uint32_t y) {
    return tiles_[std::size_t{y} * hardware_.fabric.width + x];
  }
  std::uint64_t words_in = 0;
  std::uint64_t words_out = 0;

 private:
  void send(wafer::TileResult& tile, Direction direction, std::uint64_t wavelets) {
    tile.sent[static_cast<std::size_t>(direction)] += wavelets;
  }

  /// Between a channel and a column: along the edge's row, then along the column.
  void add_stream(const Record& record, std::uint64_t times, bool in) {
    const std::uint32_t x0 = program_.x + record.area.x;
    const std::uint32_t top = program_.y + record.area.y;
    const std::uint32_t bottom = top + record.area.height - 1;
    const bool north = in || hardware_.io.output_edge == fabric::Edge::north;
    const std::uint32_t edge = north ? 0 : hardware_.fabric.height - 1;
    for (const fabric::ChannelSegment& segment :
         fabric::assign_columns(x0, record.area.width, hardware_.io.channels, hardware_.fabric.width)) {
      for (std::uint32_t i = 0; i < segment.count; ++i) {
        const std::uint32_t column = segment.begin + i;
        std::uint64_t words = 0;
        for (std::uint64_t b = 0; b < record.blocks; ++b) words += trace::wavelets(record, column, 0, b);
        words *= times;
        if (words == 0) continue;
        const std::uint32_t x = x0 + column;
        const bool channel_lies_east = segment.position > x;
        const std::uint32_t from = std::min(x, segment.position);
        const std::uint32_t to = std::max(x, segment.position);
        if (in) {
          words_in += words;
          // Each router on the row sends on towards the column.
          for (std::uint32_t at_x = from; at_x < to; ++at_x) {
            send(at(channel_lies_east ? at_x + 1 : at_x, edge),
                 channel_lies_east ? Direction::west : Direction::east, words);
          }
          for (std::uint32_t y = 0; y < bottom; ++y) send(at(x, y), Direction::south, words);
          for (std::uint32_t y = top; y <= bottom; ++y) deliver(at(x, y), words);
          continue;
        }
        words_out += words;
        for (std::uint32_t at_x = from; at_x < to; ++at_x) {
          send(at(channel_lies_east ? at_x : at_x + 1, edge),
               channel_lies_east ? Direction::east : Direction::west, words);
        }
        const Direction ahead = north ? Direction::north : Direction::south;
        at(x, north ? top : bottom).injected += words;
        if (north) {
          for (std::uint32_t y = 1; y <= top; ++y) send(at(x, y), ahead, words);
        } else {
          for (std::uint32_t y = bottom; y < edge; ++y) send(at(x, y), ahead, words);
        }
        send(at(segment.position, edge), ahead, words);
      }
    }
  }

  void deliver(wafer::TileResult& tile, std::uint64_t wavelets) {
    tile.received += wavelets;
    send(tile, Direction::ramp, wavelets);
  }

  void add_chain(const Record& record, std::uint64_t times) {
    const bool along_x = record.axis == Axis::x;
    const std::uint32_t lines = along_x ? record.area.height : record.area.width;
    const std::uint32_t line_length = along_x ? record.area.width : record.area.height;
    const std::uint32_t length = record.group == 0 ? line_length : record.group;
    // Lines differ by their share alone: few kinds of them.
    std::map<std::uint64_t, std::vector<std::uint64_t>> sums_of;
    for (std::uint32_t line = 0; line < lines; ++line) {
      const std::uint64_t total = along_x ? record.elements.y : record.elements.x;
      const std::uint64_t share = total == 0 ? 0 : core::share(total, lines, line);
      std::vector<std::uint64_t>& sums = sums_of[share];
      if (sums.empty()) {
        sums.assign(record.blocks + std::size_t{1}, 0);
        for (std::uint32_t b = 0; b < record.blocks; ++b) {
          sums[b + 1] = sums[b] + trace::wavelets(record, along_x ? 0 : line, along_x ? line : 0, b);
        }
      }
      for (std::uint32_t i = 0; i < line_length; ++i) {
        for (const bool up : {true, false}) {
          const BlockRange range = sent_blocks(record, i % length, length, up);
          if (range.begin >= range.end) continue;
          const std::uint64_t wavelets = (sums[range.end] - sums[range.begin]) * times;
          const std::uint32_t next = up ? i + 1 : i - 1;
          wafer::TileResult& from = tile_of(record, along_x, line, i);
          from.injected += wavelets;
          send(from,
               along_x ? (up ? Direction::east : Direction::west) : (up ? Direction::south : Direction::north),
               wavelets);
          deliver(tile_of(record, along_x, line, next), wavelets);
        }
      }
    }
  }

  wafer::TileResult& tile_of(const Record& record, bool along_x, std::uint32_t line, std::uint32_t place) {
    return at(program_.x + record.area.x + (along_x ? place : line),
              program_.y + record.area.y + (along_x ? line : place));
  }

  const wafer::Hardware& hardware_;
  core::Rectangle program_;
  std::vector<wafer::TileResult> tiles_;
};

}  // namespace

ChannelTimes channel_times(const wafer::Hardware& hardware, core::Rectangle program,
                           const std::vector<Record>& records, const wafer::Grouping& grouping) {
  ChannelTimes times{std::vector<double>(grouping.groups.size()), std::vector<double>(grouping.groups.size())};
  const double cycles_per_wavelet = std::max(1.0, core::kWaveletBits * hardware.pe.clock_hz * hardware.io.channels /
                                                      hardware.io.bandwidth_bits_per_s);
  for (const Record& record : records) {
    const bool in = record.kind == Kind::stream_in;
    if (!in && record.kind != Kind::stream_out) continue;
    std::uint64_t most = 0;
    for (const fabric::ChannelSegment& segment :
         fabric::assign_columns(program.x + record.area.x, record.area.width, hardware.io.channels,
                                hardware.fabric.width)) {
      std::uint64_t words = 0;
      // The columns of a channel have nearly equal shares: the last has the largest.
      for (std::uint64_t b = 0; b < record.blocks; ++b) {
        words += trace::wavelets(record, segment.begin + segment.count - 1, 0, b) * segment.count;
      }
      most = std::max(most, words);
    }
    (in ? times.in : times.out)[grouping.of_record[record.id]] += static_cast<double>(most) * cycles_per_wavelet;
  }
  return times;
}

void add_totals(wafer::RunResult& result, const wafer::Hardware& hardware, core::Rectangle program,
                const std::vector<Record>& records, const GridUse& grid) {
  Totals totals(hardware, program);
  std::map<decltype(shape_of(records.front())), std::pair<const Record*, std::uint64_t>> shapes;
  for (const Record& record : records) {
    auto& [first, times] = shapes.try_emplace(shape_of(record), &record, 0).first->second;
    ++times;
  }
  for (const auto& [shape, value] : shapes) totals.add(*value.first, value.second);
  result.words_in = totals.words_in;
  result.words_out = totals.words_out;
  for (std::uint32_t y = 0; y < hardware.fabric.height; ++y) {
    for (std::uint32_t x = 0; x < hardware.fabric.width; ++x) {
      wafer::TileResult& tile = totals.at(x, y);
      tile.at = {x, y};
      for (std::size_t d = 0; d < core::kNeighbours; ++d) result.hops += tile.sent[d];
      result.wavelets_injected += tile.injected;
      result.wavelets_delivered += tile.received;
      if (program.contains(tile.at)) {
        // As busy as the tile of the grid that stands for it.
        const auto column = static_cast<std::uint32_t>((x - program.x) / grid.columns);
        const auto row = static_cast<std::uint32_t>((y - program.y) / grid.rows);
        const std::size_t stands =
            std::size_t{std::min(row, grid.height - 1)} * grid.width + std::min(column, grid.width - 1);
        tile.busy_cycles = grid.busy_cycles[stands];
        tile.sram_high_water = grid.sram_high_water[stands];
      } else if (std::all_of(tile.sent.begin(), tile.sent.end(), [](std::uint64_t n) { return n == 0; })) {
        continue;
      }
      result.tiles.push_back(tile);
    }
  }
  result.wavelets_injected += result.words_in;
  result.wavelets_delivered += result.words_out;
}

}  // namespace waferloom::burst
