// SPDX-License-Identifier: Apache-2.0
#include "trace/validate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/wavelet.hpp"
#include "trace/names.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::trace {

namespace {

constexpr std::uint32_t kMostBlocks = 1U << 24U;
constexpr std::size_t kChainColors = 4;

bool is_chain(Kind kind) {
  return kind == Kind::reduce || kind == Kind::broadcast || kind == Kind::all_gather || kind == Kind::shift;
}

}  // namespace

void Validator::add(const Record& record) {
  if (record.id != records()) break_rule(record, "id: expected {}, got {}", records(), record.id);
  check_name(record);
  check_place(record);
  check_colors(record);
  check_references(record);
  check_lanes(record);
  amounts_.add(record);
  flows_.add(record);
  tensors_.add(record);
  kinds_.push_back(record.kind);
}

void Validator::check_name(const Record& record) {
  if (record.name.empty() || record.operation.empty()) {
    break_rule(record, "name, operation: expected texts that are not empty");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  const auto check = [&](const char* field, const std::string& text) {
    if (std::any_of(text.begin(), text.end(), is_control)) {
      break_rule(record, "{}: expected a text on one line, got one with control characters", field);
    }
  };
  check("name", record.name);
  check("operation", record.operation);
  for (const Allocation& allocation : record.allocates) check("allocates", allocation.tensor);
}

void Validator::check_place(const Record& record) const {
  const core::Rectangle whole{0, 0, columns_, rows_};
  if (record.area.area() == 0 || !whole.contains(record.area)) {
    break_rule(record, "area: expected tiles within {} x {}, got {} x {} at ({}, {})", columns_, rows_,
               record.area.width, record.area.height, record.area.x, record.area.y);
  }
  if (record.blocks == 0 || record.blocks > kMostBlocks) {
    break_rule(record, "blocks: expected 1 to {}, got {}", kMostBlocks, record.blocks);
  }
  if (record.element_bits == 0 || record.element_bits > core::kWaveletBits) {
    break_rule(record, "element_bits: expected 1 to {}, got {}", core::kWaveletBits, record.element_bits);
  }
  if (!(record.density > 0.0 && record.density <= 1.0)) {
    break_rule(record, "density: expected more than 0 and at most 1, got {}", record.density);
  }
  if (record.setup_cycles != 0 && (record.kind != Kind::compute || record.consumes != kNoRecord)) {
    break_rule(record, "setup_cycles: expected on compute records on SRAM operands");
  }
  if (!record.operands.empty() && (record.kind != Kind::compute || record.operands.size() != 2)) {
    break_rule(record, "operands: expected none, or two tensors of a compute record, got {}",
               record.operands.size());
  }
  check_distance(record);
  if (!is_chain(record.kind)) {
    if (record.pieces == 1) return;
    break_rule(record, "pieces: expected 1, as no line of tiles takes part, got {}", record.pieces);
  }
  if (record.pieces == 0 || record.pieces > line_length(record)) {
    break_rule(record, "pieces: expected 1 to the line's {} tiles, got {}", line_length(record),
               record.pieces);
  }
  if (record.kind != Kind::shift && (record.axis == Axis::x ? record.elements.x : record.elements.y) != 0) {
    break_rule(record, "elements: expected the same along {}, on which the record runs",
               record.axis == Axis::x ? "x" : "y");
  }
  if (record.order_of != kNoRecord &&
      (record.kind == Kind::all_gather || record.kind == Kind::shift || takes_turns(record.root))) {
    break_rule(record, "order_of: expected on records whose root does not depend on the block");
  }
}

void Validator::check_distance(const Record& record) {
  if (record.kind != Kind::shift) {
    if (record.distance == 0) return;
    break_rule(record, "distance: expected on records of kind shift, got {}", record.distance);
  }
  if (record.distance == 0 || record.distance >= line_length(record)) {
    break_rule(record, "distance: expected 1 to less than the line's {} tiles, got {}", line_length(record),
               record.distance);
  }
  if (takes_turns(record.root)) {
    break_rule(record, "root: expected first or last, towards which a shift goes, got {}",
               kRootNames[static_cast<std::size_t>(record.root)]);
  }
  if (record.pieces != 1) {
    break_rule(record, "pieces: expected 1, as a shift runs on whole lines, got {}", record.pieces);
  }
}

void Validator::check_colors(const Record& record) const {
  const std::size_t count = record.colors.size();
  for (const std::uint8_t color : record.colors) {
    if (color >= core::kMaxColors)
      break_rule(record, "colors: expected colors below {}, got {}", core::kMaxColors, color);
  }
  if (is_chain(record.kind) && count != kChainColors) {
    break_rule(record, "colors: expected {}, got {}", kChainColors, count);
  }
  const std::size_t least = record.kind == Kind::stream_out ? 2 : record.kind == Kind::stream_in ? 1 : 0;
  if (!is_chain(record.kind) && count < least)
    break_rule(record, "colors: expected at least {}, got {}", least, count);
  if ((record.kind == Kind::compute || record.kind == Kind::update) && count != 0) {
    break_rule(record, "colors: expected none for {}, got {}", name_of(record.kind), count);
  }
}

void Validator::check_references(const Record& record) {
  const auto earlier = [&](const char* field, std::uint32_t id, Kind kind) {
    if (id == kNoRecord) return;
    if (id >= record.id || kinds_[id] != kind) {
      break_rule(record, "{}: expected an earlier record of kind {}, got {}", field, name_of(kind), id);
    }
  };
  earlier("consumes", record.consumes, Kind::stream_in);
  earlier("order_of", record.order_of, Kind::all_gather);
  if (record.drains_to != kNoRecord) {
    if (record.kind != Kind::reduce || record.axis != Axis::y || takes_turns(record.root)) {
      break_rule(record, "drains_to: expected on a reduce along y with root first or last");
    }
    later_.push_back({record.id, record.name, record.drains_to, true});
  }
  for (const Dependency& dependency : record.after) {
    const bool may_be_later = dependency.lag != Dependency::kWhole && dependency.lag > 0;
    if (dependency.record == record.id || (dependency.record > record.id && !may_be_later)) {
      break_rule(record, "after: expected an earlier record (later ones need a lag), got {}",
                 dependency.record);
    }
    if (dependency.record > record.id) later_.push_back({record.id, record.name, dependency.record, false});
  }
}

void Validator::check_lanes(const Record& record) {
  if (lanes_left_ != 0) {
    // All of a lane's record but its own place and name.
    Record expected = lane_before_;
    expected.id = record.id;
    expected.name = record.name;
    expected.parameters = record.parameters;
    expected.after = record.after;
    ++expected.lane;
    expected.area.x += expected.area.width;
    if (record != expected) {
      break_rule(record, "lane: expected lane {} of {} of the stream that record {} ({}) begins, at ({}, {})",
                 expected.lane, expected.lanes, lane_before_.id - lane_before_.lane, lane_before_.name,
                 expected.area.x, expected.area.y);
    }
    --lanes_left_;
    lane_before_ = record;
    return;
  }
  if (record.lanes == 1 && record.lane == 0 && record.relay_colors.empty()) return;
  if (record.kind != Kind::stream_in || record.lanes == 0) {
    break_rule(record, "lanes: expected 1, or more on records of kind stream_in, got {}", record.lanes);
  }
  if (record.lane != 0) {
    break_rule(record, "lane: expected lane 0, with the others in the next records, got {}", record.lane);
  }
  const std::size_t needed = record.lanes == 1 ? 0 : 1 + relay_colors_along_rows(record.area);
  if (record.relay_colors.size() != needed) {
    break_rule(record, "relay_colors: expected {} ({} columns and {} rows), got {}", needed,
               record.area.width, record.area.height, record.relay_colors.size());
  }
  for (const std::uint8_t color : record.relay_colors) {
    const bool taken = std::find(record.colors.begin(), record.colors.end(), color) != record.colors.end();
    if (color >= core::kMaxColors || taken) {
      break_rule(record,
                 "relay_colors: expected colors below {} other than those of the channels' columns, got {}",
                 core::kMaxColors, color);
    }
  }
  lanes_left_ = record.lanes - 1;
  lane_before_ = record;
}

void Validator::finish() const {
  if (lanes_left_ != 0) {
    break_rule(lane_before_, "lane: expected {} more of {} lanes, got none", lanes_left_, lane_before_.lanes);
  }
  for (const Later& later : later_) {
    const bool exists = later.to < kinds_.size();
    if (exists && (!later.must_be_stream_out || kinds_[later.to] == Kind::stream_out)) continue;
    Record record;
    record.id = later.from;
    record.name = later.name;
    break_rule(record, "{}: expected a record {}{}, got {} records",
               later.must_be_stream_out ? "drains_to" : "after", later.to,
               later.must_be_stream_out ? " of kind stream_out" : "", kinds_.size());
  }
  flows_.finish();
}

}  // namespace waferloom::trace
