// SPDX-License-Identifier: Apache-2.0
#include "trace/rules/flow_rules.hpp"

#include <algorithm>

#include "trace/names.hpp"
#include "trace/rule_error.hpp"
#include "trace/rules/areas.hpp"

namespace waferloom::trace {

namespace {

/// Texts and lists are of no use here: a trace may have many streams.
Record essence(const Record& record) {
  Record kept = record;
  kept.after.clear();
  kept.allocates.clear();
  kept.frees.clear();
  kept.operation.clear();
  return kept;
}

/// The record with the lowest id.
const Record* first_of(const std::unordered_map<std::uint32_t, Record>& records) {
  const Record* first = nullptr;
  for (const auto& [id, record] : records) {
    if (first == nullptr || record.id < first->id) first = &record;
  }
  return first;
}

}  // namespace

std::uint32_t FlowRules::Order::overtaken(const core::Rectangle& area, std::uint32_t stream) const {
  for (const auto& [where, last] : last_) {
    if (last > stream && overlap(where, area)) return last;
  }
  return kNoRecord;
}

void FlowRules::Order::note(const core::Rectangle& area, std::uint32_t stream) {
  const auto known =
      std::find_if(last_.begin(), last_.end(), [&](const auto& each) { return each.first == area; });
  if (known == last_.end()) {
    last_.emplace_back(area, stream);
  } else {
    known->second = std::max(known->second, stream);
  }
}

void FlowRules::add(const Record& record) {
  if (record.kind == Kind::all_gather) gathers_.emplace(record.id, Gather{record.blocks, record.area});
  if (record.order_of != kNoRecord) follow(record);
  if (record.consumes != kNoRecord) take(record);
  if (record.drains_to != kNoRecord) feed(record);
  const bool empty = record.elements.scale == 0;
  if (record.kind == Kind::stream_in && !empty) waiting_.emplace(record.id, essence(record));
  if (record.kind != Kind::stream_out || empty) return;
  const auto fed = feeds_.find(record.id);
  if (fed == feeds_.end()) {
    outs_.emplace(record.id, essence(record));
    return;
  }
  check_drain(fed->second, record);
  feeds_.erase(fed);
}

void FlowRules::follow(const Record& record) const {
  const Gather& gather = gathers_.at(record.order_of);
  if (gather.blocks != record.blocks) {
    break_rule(record, "blocks: expected the {} of record {}, whose order they come in, got {}",
               gather.blocks, record.order_of, record.blocks);
  }
  if (!gather.area.contains(record.area)) {
    break_rule(record, "order_of: expected a record whose area holds this one's, got {}", record.order_of);
  }
}

void FlowRules::take(const Record& record) {
  if (record.kind != Kind::compute) {
    break_rule(record, "consumes: expected on compute records, got one of kind {}", name_of(record.kind));
  }
  const auto found = waiting_.find(record.consumes);
  if (found == waiting_.end()) {
    break_rule(record, "consumes: expected a stream with elements that no other record takes, got record {}",
               record.consumes);
  }
  const Record& stream = found->second;
  if (record.area != stream.area) {
    break_rule(record,
               "area: expected the {} x {} tiles at ({}, {}) of the stream {} ({}), got {} x {} at ({}, {})",
               stream.area.width, stream.area.height, stream.area.x, stream.area.y, stream.id, stream.name,
               record.area.width, record.area.height, record.area.x, record.area.y);
  }
  if (record.blocks != stream.blocks) {
    break_rule(record, "blocks: expected the {} of the stream {} ({}), got {}", stream.blocks, stream.id,
               stream.name, record.blocks);
  }
  const std::uint32_t before = taken_.overtaken(record.area, stream.id);
  if (before != kNoRecord) {
    break_rule(record, "consumes: expected streams to be taken in their order, got {} after {}", stream.id,
               before);
  }
  taken_.note(record.area, stream.id);
  waiting_.erase(found);
}

void FlowRules::feed(const Record& record) {
  if (record.pieces != 1) {
    break_rule(record, "pieces: expected 1, as the sums of whole columns leave, got {}", record.pieces);
  }
  const std::uint32_t before = fed_.overtaken(record.area, record.drains_to);
  if (before != kNoRecord) {
    break_rule(record, "drains_to: expected streams to be fed in their order, got {} after {}",
               record.drains_to, before);
  }
  fed_.note(record.area, record.drains_to);
  const auto out = outs_.find(record.drains_to);
  if (out != outs_.end()) {
    check_drain(record, out->second);
    outs_.erase(out);
  } else if (record.drains_to < record.id || !feeds_.emplace(record.drains_to, essence(record)).second) {
    break_rule(record,
               "drains_to: expected a stream_out with elements that no other record feeds, got record {}",
               record.drains_to);
  }
}

void FlowRules::check_drain(const Record& reduce, const Record& stream) const {
  const bool alike = reduce.area == stream.area && reduce.blocks == stream.blocks &&
                     reduce.elements == stream.elements && reduce.element_bits == stream.element_bits &&
                     reduce.density == stream.density;
  if (alike) return;
  break_rule(
      reduce,
      "drains_to: expected the area, blocks, elements, element_bits and density of record {} ({}), got "
      "others",
      stream.id, stream.name);
}

void FlowRules::finish() const {
  if (const Record* stream = first_of(waiting_)) {
    break_rule(*stream, "expected a compute record that consumes the stream, got none");
  }
  if (const Record* reduce = first_of(feeds_)) {
    break_rule(*reduce, "drains_to: expected a stream_out with elements, got record {}", reduce->drains_to);
  }
  if (const Record* stream = first_of(outs_)) {
    break_rule(*stream, "expected a reduce that drains to the stream, got none");
  }
}

}  // namespace waferloom::trace
