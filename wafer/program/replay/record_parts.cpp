// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/record_parts.hpp"

#include <fmt/format.h>

#include "pe/step.hpp"
#include "trace/quantities.hpp"
#include "trace/rule_error.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::wafer {

using trace::Axis;
using trace::Kind;
using trace::Record;

RecordParts::RecordParts(core::Rectangle program, const std::vector<Record>& records,
                         const std::vector<LineScale>& scales)
    : program_(program), records_(records), tables_(records.size()) {
  for (std::uint32_t y = 0; y < program.height; ++y) {
    for (std::uint32_t x = 0; x < program.width; ++x) tiles_.push_back({x, y});
  }
  for (const Record& record : records_) {
    if (trace::is_of_host(record.kind)) continue;
    check(record);
    Table& table = tables_[record.id];
    table.first_part = size_;
    size_ += record.area.area();
    if (record.kind == Kind::compute) {
      add_compute(record, table);
    } else {
      add_chain(record, table, scales.empty() ? LineScale{} : scales[record.id]);
    }
  }
}

void RecordParts::check(const Record& record) const {
  // A chain moves the same block through all tiles of a line, so its size must not change along the line.
  const bool along_x = record.axis == Axis::x;
  if (record.kind != Kind::compute && record.kind != Kind::shift &&
      (along_x ? record.elements.x : record.elements.y) != 0) {
    trace::break_rule(
        record, "elements: expected elements that are equal along the {} axis, on which the record runs",
        along_x ? "x" : "y");
  }
  const auto covers = [&](const char* key, std::uint32_t id) {
    if (id == trace::kNoRecord || records_[id].area.contains(record.area)) return;
    trace::break_rule(record, "{}: expected a record whose area holds this one's, got {} ({})", key, id,
                      records_[id].name);
  };
  covers("consumes", record.consumes);
  covers("order_of", record.order_of);
}

ChainPlace RecordParts::with_tables(const Record& record, ChainPlace place) {
  const auto [known, is_new] =
      starts_.try_emplace({place.length, place.whole.tiles, place.whole.blocks, record.blocks});
  if (is_new) known->second = line_starts(place, record.blocks);
  place.starts = known->second.data();
  if (record.kind != Kind::reduce && record.kind != Kind::broadcast) return place;
  const auto [through, is_first] = through_.try_emplace(
      {place.length, place.whole.tiles, place.whole.blocks, record.blocks, place.index,
       static_cast<std::uint64_t>(record.kind), static_cast<std::uint64_t>(record.root)});
  if (is_first) {
    through->second = {blocks_through(record, place, Flow::up), blocks_through(record, place, Flow::down)};
  }
  place.through = through->second.data();
  return place;
}

void RecordParts::add_chain(const Record& record, Table& table, LineScale scale) {
  const bool along_x = record.axis == Axis::x;
  table.by_column = along_x ? 1 : 0;
  table.by_row = along_x ? 0 : 1;
  const ThreadPair threads{way_of(record.axis, Flow::up).input, way_of(record.axis, Flow::down).input};
  for (std::uint32_t index = 0; index < trace::line_length(record); ++index) {
    const trace::Piece piece = trace::piece_at(record, index);
    const ChainPlace line = with_tables(record, {index - piece.begin, piece.length, scale});
    table.places.push_back(
        {line, chain_steps(record, line, Flow::up), chain_steps(record, line, Flow::down), threads});
  }
}

void RecordParts::add_compute(const Record& record, Table& table) const {
  const auto run_by = [&](std::uint8_t thread) {
    table.places.push_back({{}, record.blocks, 0, {thread, thread}});
  };
  if (record.consumes == trace::kNoRecord) {
    run_by(pe::kMainThread);
    return;
  }
  // Streams that lanes share come to a column in one of two ways.
  const Record& stream = records_[record.consumes];
  table.by_column = 1;
  for (std::uint32_t x = 0; x < record.area.width; ++x) {
    const std::uint32_t column = record.area.x + x - stream.area.x;
    run_by(trace::is_home(stream, column) ? QueueUse::weights : QueueUse::copies);
  }
}

}  // namespace waferloom::wafer
