// SPDX-License-Identifier: Apache-2.0
#include "trace/statistics.hpp"

#include <algorithm>

#include "trace/quantities.hpp"

namespace waferloom::trace {

namespace {

constexpr std::uint64_t kBytesPerWavelet = 4;

/// Sends of one block on one line: every tile but the root of a reduce sends once; a broadcast or gather
/// takes one send to reach each other tile.
std::uint64_t sends_per_block(const Record& record) {
  const std::uint64_t line = record.axis == Axis::x ? record.area.width : record.area.height;
  const std::uint64_t group = record.group == 0 ? line : record.group;
  return (group - 1) * (line / group);
}

}  // namespace

std::uint64_t sent_wavelets(const Record& record) {
  if (record.kind == Kind::compute || record.kind == Kind::update) return 0;
  const bool streams = record.kind == Kind::stream_in || record.kind == Kind::stream_out;
  const bool by_column = streams || record.axis == Axis::y;
  const std::uint32_t lines = by_column ? record.area.width : record.area.height;
  std::uint64_t sum = 0;
  for (std::uint32_t line = 0; line < lines; ++line) {
    for (std::uint32_t block = 0; block < record.blocks; ++block) {
      sum += wavelets(record, by_column ? line : 0, by_column ? 0 : line, block);
    }
  }
  return streams ? sum : sum * sends_per_block(record);
}

void Statistics::add(const Record& record) {
  auto place = std::find_if(operations_.begin(), operations_.end(), [&](const OperationTotals& o) {
    return o.layer == record.layer && o.phase == record.phase && o.operation == record.operation;
  });
  if (place == operations_.end()) {
    OperationTotals totals;
    totals.layer = record.layer;
    totals.phase = record.phase;
    totals.operation = record.operation;
    place = operations_.insert(operations_.end(), totals);
  }
  const std::uint64_t sent = sent_wavelets(record);
  for (Totals* totals : {static_cast<Totals*>(&*place), &total_}) {
    ++totals->records;
    totals->macs += total_macs(record);
    totals->wavelets += sent;
    if (record.kind == Kind::stream_in) {
      totals->bytes_in += sent * kBytesPerWavelet;
      totals->parameters_in += record.parameters;
    } else if (record.kind == Kind::stream_out) {
      totals->bytes_out += sent * kBytesPerWavelet;
      totals->parameters_out += record.parameters;
    }
  }
}

}  // namespace waferloom::trace
