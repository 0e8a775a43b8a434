// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/link_counts.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "core/direction.hpp"
#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/program/chain.hpp"
#include "wafer/program/result/link_sums.hpp"

namespace waferloom::wafer {

using core::Direction;
using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

/// What decides which link carries how much: records that agree in it are counted once.
auto shape_of(const Record& r) {
  return std::make_tuple(r.kind, r.area.x, r.area.y, r.area.width, r.area.height, r.axis, r.pieces, r.root,
                         r.distance, r.blocks, r.elements.scale, r.elements.x, r.elements.y, r.elements.block,
                         r.element_bits, r.density, r.drains_to != trace::kNoRecord, r.lanes, r.lane);
}

/// Tiles whose blocks a tile sends on in one flow of a chain.
Range sent_of(const Record& record, std::uint64_t index, std::uint64_t length, bool up) {
  if (up ? index + 1 == length : index == 0) return {};
  if (record.kind == Kind::reduce) return up ? Range{index + 1, length} : Range{0, index};
  return up ? Range{0, index + 1} : Range{index, length};
}

core::Rectangle tile(std::uint32_t x, std::uint32_t y) { return {x, y, 1, 1}; }

/// Reports to `Sink` (wafer/program/result/link_sums.hpp) what a record puts on links.
template <class Sink>
class Traffic {
 public:
  Traffic(const Hardware& hardware, core::Rectangle program, Sink& sink)
      : hardware_(hardware), program_(program), sink_(sink) {}

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
      case Kind::shift:
        add_shift(record, times);
        return;
      case Kind::compute:
      case Kind::update:
        return;
    }
  }

  std::uint64_t words_in = 0;
  std::uint64_t words_out = 0;

 private:
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
        const std::uint64_t words = trace::wavelets_of_blocks(record, column, 0) * times;
        if (words == 0) continue;
        const std::uint32_t x = x0 + column;
        if (!trace::is_home(record, column)) continue;
        if (trace::is_shared(record)) add_copies(record, column, words);
        const bool channel_lies_east = segment.position > x;
        const std::uint32_t from = std::min(x, segment.position);
        const std::uint32_t to = std::max(x, segment.position);
        // Routers on the edge's row, from the channel to the column or the other way.
        const core::Rectangle towards_west{from + 1, edge, to - from, 1};
        const core::Rectangle towards_east{from, edge, to - from, 1};
        if (in) {
          words_in += words;
          if (channel_lies_east) sink_.sent(towards_west, Direction::west, words);
          if (!channel_lies_east) sink_.sent(towards_east, Direction::east, words);
          sink_.sent(core::Rectangle{x, 0, 1, bottom}, Direction::south, words);
          sink_.delivered(core::Rectangle{x, top, 1, bottom + 1 - top}, words);
          continue;
        }
        words_out += words;
        if (channel_lies_east) sink_.sent(towards_east, Direction::east, words);
        if (!channel_lies_east) sink_.sent(towards_west, Direction::west, words);
        const Direction ahead = north ? Direction::north : Direction::south;
        sink_.injected(tile(x, north ? top : bottom), words);
        sink_.sent(north ? core::Rectangle{x, 1, 1, top} : core::Rectangle{x, bottom, 1, edge - bottom},
                   ahead, words);
        sink_.sent(tile(segment.position, edge), ahead, words);
      }
    }
  }

  /// From the relay of a home column to the taps of the other lanes, and up and down their columns.
  void add_copies(const Record& record, std::uint32_t column, std::uint64_t words) {
    const auto in_lane = [&](std::uint32_t lane) {
      return program_.x + trace::column_in_lane(record, column, lane);
    };
    const std::uint32_t x = in_lane(record.lane);
    const std::uint32_t top = program_.y + record.area.y;
    const std::uint32_t bottom = top + record.area.height - 1;
    const std::uint32_t row = top + trace::relay_row(record, column);
    sink_.injected(tile(x, row), words);
    const std::uint32_t first = in_lane(0);
    sink_.sent(core::Rectangle{first + 1, row, x - first, 1}, Direction::west, words);
    sink_.sent(core::Rectangle{x, row, in_lane(record.lanes - 1) - x, 1}, Direction::east, words);
    for (std::uint32_t lane = 0; lane < record.lanes; ++lane) {
      if (lane == record.lane) continue;
      const std::uint32_t tap = in_lane(lane);
      sink_.delivered(core::Rectangle{tap, top, 1, bottom + 1 - top}, words);
      if (top == bottom) continue;
      sink_.injected(tile(tap, row), words);
      sink_.sent(core::Rectangle{tap, top + 1, 1, row - top}, Direction::north, words);
      sink_.sent(core::Rectangle{tap, row, 1, bottom - row}, Direction::south, words);
    }
  }

  /// What a tile of a line sends on in one flow of a chain.
  struct Hop {
    std::uint32_t from = 0;  ///< on the line
    std::uint32_t to = 0;
    Range owners;              ///< whose blocks
    std::uint64_t length = 1;  ///< of the piece
  };

  /// Of all tiles of a line, the same on each line.
  [[nodiscard]] static std::vector<Hop> hops_of(const Record& record) {
    std::vector<Hop> hops;
    for (std::uint32_t i = 0; i < trace::line_length(record); ++i) {
      const trace::Piece piece = trace::piece_at(record, i);
      for (const bool up : {true, false}) {
        const Range owners = sent_of(record, i - piece.begin, piece.length, up);
        if (owners.begin < owners.end) hops.push_back({i, up ? i + 1 : i - 1, owners, piece.length});
      }
    }
    return hops;
  }

  /// Wavelets of each hop on a line.
  [[nodiscard]] static std::vector<std::uint64_t> wavelets_of(const Record& record, std::uint32_t line,
                                                              const std::vector<Hop>& hops) {
    const bool along_x = record.axis == Axis::x;
    std::vector<std::uint64_t> of_block;
    for (std::uint32_t b = 0; b < record.blocks; ++b) {
      of_block.push_back(trace::wavelets(record, along_x ? 0 : line, along_x ? line : 0, b));
    }
    // Of all blocks of the tiles before each, by the length of the piece.
    std::map<std::uint64_t, std::vector<std::uint64_t>> before;
    std::vector<std::uint64_t> wavelets;
    for (const Hop& hop : hops) {
      const auto [sums, is_new] = before.try_emplace(hop.length, hop.length + 1);
      if (is_new) {
        for (std::uint64_t b = 0; b < record.blocks; ++b) {
          sums->second[root_of(record, {0, hop.length, {}}, b) + 1] += of_block[b];
        }
        std::partial_sum(sums->second.begin(), sums->second.end(), sums->second.begin());
      }
      wavelets.push_back(sums->second[hop.owners.end] - sums->second[hop.owners.begin]);
    }
    return wavelets;
  }

  /// Each link carries what the sources within the distance behind it send.
  void add_shift(const Record& record, std::uint64_t times) {
    const bool along_x = record.axis == Axis::x;
    const bool up = record.root == Root::last;
    const core::Rectangle from = trace::sources(record);
    const std::uint32_t senders = along_x ? from.width : from.height;
    const std::uint32_t first = up ? 0 : record.distance;  // place of the first sender on the line
    const std::uint32_t length = trace::line_length(record);
    const std::uint32_t lines = along_x ? record.area.height : record.area.width;
    for (std::uint32_t line = 0; line < lines; ++line) {
      std::vector<std::uint64_t> sums{0};
      for (std::uint32_t i = 0; i < senders; ++i) {
        sums.push_back(sums.back() +
                       trace::wavelets_of_blocks(record, along_x ? i : line, along_x ? line : i) * times);
      }
      const auto before = [&](std::int64_t place) {
        const std::int64_t sender = place - std::int64_t{first};
        return sums[static_cast<std::size_t>(std::clamp<std::int64_t>(sender, 0, senders))];
      };
      for (std::uint32_t i = up ? 0 : 1; i + (up ? 1 : 0) < length; ++i) {
        const std::int64_t here = i;
        const std::uint64_t words = up ? before(here + 1) - before(here + 1 - std::int64_t{record.distance})
                                       : before(here + std::int64_t{record.distance}) - before(here);
        if (words == 0) continue;
        const core::Coordinate at = place_of(record, along_x, line, i);
        const core::Coordinate to = place_of(record, along_x, line, up ? i + 1 : i - 1);
        sink_.injected(tile(at.x, at.y), words);
        sink_.sent(tile(at.x, at.y), way_of(record.axis, up ? Flow::up : Flow::down).ahead, words);
        sink_.delivered(tile(to.x, to.y), words);
      }
    }
  }

  /// Lines that carry the same: they differ by their share alone, and few shares differ in wavelets.
  struct Alike {
    std::vector<std::uint64_t> wavelets;  ///< of each hop
    std::vector<Range> lines;             ///< from one to the one before another
  };

  [[nodiscard]] static std::vector<Alike> alike_lines(const Record& record, const std::vector<Hop>& hops) {
    const bool along_x = record.axis == Axis::x;
    const std::uint32_t lines = along_x ? record.area.height : record.area.width;
    const std::uint64_t total = along_x ? record.elements.y : record.elements.x;
    std::map<std::uint64_t, std::size_t> by_share;
    std::vector<Alike> alike;
    for (std::uint32_t line = 0; line < lines; ++line) {
      const auto [place, is_new] =
          by_share.try_emplace(total == 0 ? 0 : core::share(total, lines, line), alike.size());
      if (is_new) {
        std::vector<std::uint64_t> wavelets = wavelets_of(record, line, hops);
        const auto known = std::find_if(alike.begin(), alike.end(),
                                        [&](const Alike& each) { return each.wavelets == wavelets; });
        place->second = static_cast<std::size_t>(known - alike.begin());
        if (known == alike.end()) alike.push_back({std::move(wavelets), {}});
      }
      std::vector<Range>& ranges = alike[place->second].lines;
      if (!ranges.empty() && ranges.back().end == line) {
        ++ranges.back().end;
      } else {
        ranges.push_back({line, line + std::uint64_t{1}});
      }
    }
    return alike;
  }

  void add_chain(const Record& record, std::uint64_t times) {
    const bool along_x = record.axis == Axis::x;
    const core::Coordinate begin = place_of(record, true, 0, 0);
    const std::vector<Hop> hops = hops_of(record);
    for (const Alike& alike : alike_lines(record, hops)) {
      const auto lines = sink_.lines(record.axis, along_x ? begin.y : begin.x, alike.lines);
      const std::uint32_t first = along_x ? begin.x : begin.y;
      for (std::size_t i = 0; i < hops.size(); ++i) {
        const std::uint64_t wavelets = alike.wavelets[i] * times;
        const auto from = lines.at(first + hops[i].from);
        const Flow flow = hops[i].to > hops[i].from ? Flow::up : Flow::down;
        sink_.injected(from, wavelets);
        sink_.sent(from, way_of(record.axis, flow).ahead, wavelets);
        sink_.delivered(lines.at(first + hops[i].to), wavelets);
      }
    }
  }

  core::Coordinate place_of(const Record& record, bool along_x, std::uint32_t line, std::uint32_t place) {
    return {program_.x + record.area.x + (along_x ? place : line),
            program_.y + record.area.y + (along_x ? line : place)};
  }

  const Hardware& hardware_;
  core::Rectangle program_;
  Sink& sink_;
};

/// A record's wavelets over its time, at one rate; what each sample gets are whole wavelets that add up.
void spread(const std::vector<LinkSamples::Sent>& cells, Span span, core::Cycle interval,
            std::vector<LinkSamples::Sample>& samples) {
  const core::Cycle end = std::min(std::max(span.end, span.start + 1), samples.back().end);
  const core::Cycle start = std::min(span.start, end - 1);
  const std::size_t first = start / interval;
  const std::size_t last = (end - 1) / interval;
  if (first == last) {
    for (std::size_t b = 0; b < cells.size(); ++b) {
      for (std::size_t d = 0; d < cells[b].size(); ++d) samples[first].cells[b][d] += cells[b][d];
    }
    return;
  }
  double before = 0;
  for (std::size_t s = first; s <= last; ++s) {
    const double until =
        s == last ? 1 : static_cast<double>(samples[s].end - start) / static_cast<double>(end - start);
    for (std::size_t b = 0; b < cells.size(); ++b) {
      for (std::size_t d = 0; d < cells[b].size(); ++d) {
        if (cells[b][d] == 0) continue;
        const auto all = static_cast<double>(cells[b][d]);
        samples[s].cells[b][d] +=
            static_cast<std::uint64_t>(all * until) - static_cast<std::uint64_t>(all * before);
      }
    }
    before = until;
  }
}

/// Of samples in which records together put more on the links of a cell than these carry, what is too much comes in
/// those after, or, at the end, before.
void level(const LinkSamples& grid, double link_cycles, std::vector<LinkSamples::Sample>& samples) {
  const auto move = [&](std::size_t from, std::size_t to, std::size_t cell, std::uint64_t tiles) {
    const core::Cycle length = samples[from].end - samples[from].begin;
    const std::uint64_t most = static_cast<std::uint64_t>(static_cast<double>(length) / link_cycles) * tiles;
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      std::uint64_t& sent = samples[from].cells[cell][d];
      if (sent <= most) continue;
      samples[to].cells[cell][d] += sent - most;
      sent = most;
    }
  };
  for (std::size_t c = 0; c < std::size_t{grid.columns()} * grid.rows(); ++c) {
    const std::uint64_t tiles = grid.cell(c).area();
    for (std::size_t s = 0; s + 1 < samples.size(); ++s) move(s, s + 1, c, tiles);
    for (std::size_t s = samples.size(); s-- > 1;) move(s, s - 1, c, tiles);
  }
}

/// What the records put on links, in `sums`.
template <class Sums>
LinkCounts count(const Hardware& hardware, core::Rectangle program, const std::vector<Record>& records,
                 const Grouping& grouping, Sums& sums) {
  struct Alike {
    const Record* first = nullptr;
    std::uint64_t times = 0;
    std::uint64_t hops = 0;  ///< of all of them
  };
  std::map<decltype(shape_of(std::declval<const Record&>())), Alike> shapes;
  for (const Record& record : records) {
    Alike& alike = shapes.try_emplace(shape_of(record), Alike{&record}).first->second;
    ++alike.times;
  }
  Traffic<Sums> traffic(hardware, program, sums);
  for (auto& [shape, alike] : shapes) {
    const std::uint64_t before = sums.hops();
    traffic.add(*alike.first, alike.times);
    alike.hops = sums.hops() - before;
  }
  LinkCounts result{sums.take(),
                    sums.injected(),
                    sums.delivered(),
                    traffic.words_in,
                    traffic.words_out,
                    sums.hops(),
                    std::vector<std::uint64_t>(grouping.groups.size())};
  for (const Record& record : records) {
    const Alike& alike = shapes.at(shape_of(record));
    result.hops_of_group[grouping.of_record[record.id]] += alike.hops / alike.times;
  }
  return result;
}

}  // namespace

LinkCounts count_links(const Hardware& hardware, core::Rectangle program, const std::vector<Record>& records,
                       const Grouping& grouping) {
  TileSums sums(hardware.fabric);
  return count(hardware, program, records, grouping, sums);
}

LinkCounts sum_links(const Hardware& hardware, core::Rectangle program, const std::vector<Record>& records,
                     const Grouping& grouping) {
  WaferSums sums;
  return count(hardware, program, records, grouping, sums);
}

LinkSamples spread_links(const Hardware& hardware, core::Rectangle program,
                         const std::vector<Record>& records, const std::vector<Span>& spans,
                         core::Cycle cycles, std::uint32_t most) {
  LinkSamples result = sample_grid(hardware.fabric, program);
  if (most == 0 || cycles == 0) return result;
  const core::Cycle interval = sample_interval(cycles, most);
  for (core::Cycle begin = 0; begin < cycles; begin += interval) {
    LinkSamples::Sample sample{begin, std::min(begin + interval, cycles), {}};
    sample.cells.resize(std::size_t{result.columns()} * result.rows());
    result.samples.push_back(std::move(sample));
  }
  std::map<decltype(shape_of(std::declval<const Record&>())), std::vector<LinkSamples::Sent>> shapes;
  for (const Record& record : records) {
    if (record.kind == Kind::compute || record.kind == Kind::update) continue;
    const auto [place, is_new] = shapes.try_emplace(shape_of(record));
    if (is_new) {
      CellSums sums(result);
      Traffic<CellSums>(hardware, program, sums).add(record, 1);
      place->second = std::move(sums.cells());
    }
    spread(place->second, spans[record.id], interval, result.samples);
  }
  level(result, hardware.fabric.link_cycles(), result.samples);
  return result;
}

}  // namespace waferloom::wafer
