// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/tile_totals.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/program/result/link_counts.hpp"

namespace waferloom::burst {

using trace::Kind;
using trace::Record;

ChannelTimes channel_times(const wafer::Hardware& hardware, core::Rectangle program,
                           const std::vector<Record>& records, const wafer::Grouping& grouping) {
  const double cycles_per_wavelet =
      std::max(hardware.fabric.link_cycles(), core::kWaveletBits * hardware.pe.clock_hz *
                                                  hardware.io.channels / hardware.io.bandwidth_bits_per_s);
  // Words of the group that each channel carries, and those of a column by where its area begins: areas side by side
  // are served at the same time.
  struct Words {
    std::vector<std::uint64_t> in;
    std::vector<std::uint64_t> out;
    std::map<std::uint32_t, std::uint64_t> column;
  };
  std::vector<Words> words(grouping.groups.size());
  for (const Record& record : records) {
    const bool in = record.kind == Kind::stream_in;
    if (!in && record.kind != Kind::stream_out) continue;
    Words& of_group = words[grouping.of_record[record.id]];
    std::vector<std::uint64_t>& channels = in ? of_group.in : of_group.out;
    channels.resize(hardware.io.channels);
    std::uint64_t most_of_column = 0;
    for (const fabric::ChannelSegment& segment : fabric::assign_columns(
             program.x + record.area.x, record.area.width, hardware.io.channels, hardware.fabric.width)) {
      // Of a column: those of a channel have nearly equal shares, the last has the largest.
      const std::uint64_t each = trace::wavelets_of_blocks(record, segment.begin + segment.count - 1, 0);
      std::uint64_t entering = 0;
      for (std::uint32_t i = 0; i < segment.count; ++i) {
        entering += trace::is_home(record, segment.begin + i) ? 1 : 0;
      }
      channels[segment.channel] += each * entering;
      most_of_column = std::max(most_of_column, each);
    }
    if (in) of_group.column[record.area.x] += most_of_column;
  }
  const auto most = [](const std::vector<std::uint64_t>& channels) {
    return channels.empty() ? 0.0 : static_cast<double>(*std::max_element(channels.begin(), channels.end()));
  };
  ChannelTimes times;
  for (const Words& of_group : words) {
    times.in.push_back(most(of_group.in) * cycles_per_wavelet);
    times.out.push_back(most(of_group.out) * cycles_per_wavelet);
    std::uint64_t most_of_column = 0;
    for (const auto& [x, of_area] : of_group.column) most_of_column = std::max(most_of_column, of_area);
    times.columns.push_back(static_cast<double>(most_of_column));
  }
  return times;
}

std::vector<wafer::ChannelTraffic> channel_traffic(const wafer::Hardware& hardware, core::Rectangle program,
                                                   const std::vector<Record>& records, const Feeds& feeds,
                                                   const Drains& drains, const CoarseTrace& coarse) {
  std::vector<wafer::ChannelTraffic> spans;
  // By record and column of the grid; and of all columns, by the stream, which lanes may share.
  std::map<std::pair<std::uint32_t, std::uint32_t>, Carried> carried;
  std::map<std::uint32_t, Carried> of_stream;
  const auto note = [](auto& all, const auto& key, const Carried& each) {
    Carried& known = all.try_emplace(key, each).first->second;
    known.start = std::min(known.start, each.start);
    known.end = std::max(known.end, each.end);
  };
  const auto stream_of = [&](std::uint32_t record) { return record - records[record].lane; };
  for (std::uint32_t column = 0; column < coarse.program.width; ++column) {
    for (const bool in : {true, false}) {
      for (const Carried& each : in ? feeds.carried(column) : drains.carried(column)) {
        note(carried, std::pair(each.record, column), each);
        note(of_stream, stream_of(each.record), each);
      }
    }
  }
  // Where the grid has no such column of this lane, because homes lie elsewhere on it, the whole stream's time.
  const auto find = [&](std::uint32_t record, std::uint32_t column) -> const Carried* {
    if (const auto own = carried.find({record, column}); own != carried.end()) return &own->second;
    const auto whole = of_stream.find(stream_of(record));
    return whole == of_stream.end() ? nullptr : &whole->second;
  };
  for (const Record& record : records) {
    const bool in = record.kind == Kind::stream_in;
    if (!in && record.kind != Kind::stream_out) continue;
    std::uint32_t last = coarse.program.width;
    const Carried* span = nullptr;
    for (const fabric::ChannelSegment& segment : fabric::assign_columns(
             program.x + record.area.x, record.area.width, hardware.io.channels, hardware.fabric.width)) {
      wafer::ChannelTraffic traffic{
          record.id, segment.channel, in, std::numeric_limits<core::Cycle>::max(), 0, 0};
      for (std::uint32_t i = segment.begin; i < segment.begin + segment.count; ++i) {
        const std::uint64_t words = trace::host_wavelets(record, i);
        if (words == 0) continue;
        // Neighbours are mostly one column of the grid.
        if (const std::uint32_t column = coarse.column_of[record.area.x + i]; column != last) {
          last = column;
          span = find(record.id, column);
        }
        if (span != nullptr) {
          traffic.start = std::min(traffic.start, cycle_of(span->start));
          traffic.end = std::max(traffic.end, cycle_of(span->end));
          traffic.words += words;
        }
      }
      if (traffic.words != 0) spans.push_back(traffic);
    }
  }
  return spans;
}

wafer::LinkSamples sample_links(const wafer::RunResult& result, const wafer::Hardware& hardware,
                                core::Rectangle program, const std::vector<Record>& records,
                                std::uint32_t most) {
  std::vector<wafer::Span> spans(records.size());
  for (const wafer::RecordResult& record : result.records) spans[record.record] = {record.start, record.end};
  // What enters and leaves does so while tiles take it and hand it over.
  for (const Record& record : records) {
    if (record.consumes != trace::kNoRecord) spans[record.consumes] = spans[record.id];
    if (record.drains_to != trace::kNoRecord) spans[record.drains_to] = spans[record.id];
  }
  return wafer::spread_links(hardware, program, records, spans, result.cycles, most);
}

void add_totals(wafer::RunResult& result, const wafer::Hardware& hardware, core::Rectangle program,
                const std::vector<Record>& records, const wafer::Grouping& grouping, const GridUse& grid,
                bool with_tiles) {
  wafer::LinkCounts totals = with_tiles ? wafer::count_links(hardware, program, records, grouping)
                                        : wafer::sum_links(hardware, program, records, grouping);
  result.words_in = totals.words_in;
  result.words_out = totals.words_out;
  result.hops = totals.hops;
  result.wavelets_injected = totals.injected + totals.words_in;
  result.wavelets_delivered = totals.delivered + totals.words_out;
  result.sram_high_water = *std::max_element(grid.sram_high_water.begin(), grid.sram_high_water.end());
  for (std::size_t i = 0; i < result.groups.size(); ++i) result.groups[i].hops = totals.hops_of_group[i];
  if (!with_tiles) return;
  // Tiles that take part move up; the others go.
  std::size_t kept = 0;
  for (std::uint32_t y = 0; y < hardware.fabric.height; ++y) {
    for (std::uint32_t x = 0; x < hardware.fabric.width; ++x) {
      wafer::TileResult& tile = totals.tiles[std::size_t{y} * hardware.fabric.width + x];
      if (program.contains(tile.at)) {
        // As busy as the tile of the grid that stands for it.
        const std::size_t stands =
            std::size_t{grid.row_of[y - program.y]} * grid.width + grid.column_of[x - program.x];
        tile.busy_cycles = grid.busy_cycles[stands];
        tile.sram_high_water = grid.sram_high_water[stands];
      } else if (std::all_of(tile.sent.begin(), tile.sent.end(), [](std::uint64_t n) { return n == 0; })) {
        continue;
      }
      totals.tiles[kept++] = tile;
    }
  }
  totals.tiles.resize(kept);
  result.tiles = std::move(totals.tiles);
}

}  // namespace waferloom::burst
