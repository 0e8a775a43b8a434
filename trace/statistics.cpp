// SPDX-License-Identifier: Apache-2.0
#include "trace/statistics.hpp"

#include <algorithm>
#include <array>

#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::trace {

namespace {

constexpr std::uint64_t kBytesPerWavelet = 4;

/// Sends of one block on one line: every tile but the root of a reduce sends once; a broadcast or gather
/// takes one send to reach each other tile.
std::uint64_t sends_per_block(const Record& record) { return line_length(record) - record.pieces; }

/// Lines or blocks of equal shares: a balanced partition has at most two sizes.
struct Alike {
  std::uint64_t share = 0;
  std::uint64_t count = 0;
};

/// Partition of `total` into `parts`; a total of 0 is not partitioned.
std::array<Alike, 2> alike(std::uint64_t total, std::uint64_t parts) {
  if (total == 0) return {Alike{1, parts}, Alike{}};
  return {Alike{total / parts, parts - total % parts}, Alike{total / parts + 1, total % parts}};
}

std::uint64_t first_share(std::uint64_t total, std::uint32_t parts) {
  return total == 0 ? 1 : core::share(total, parts, 0);
}

/// Of one block on each line, over all blocks and lines.
std::uint64_t wavelets_on_lines(const Record& record, bool by_column, std::uint64_t lines) {
  const Amount& amount = record.elements;
  // Along a line the tiles' shares are the first tile's.
  const std::uint64_t along =
      by_column ? first_share(amount.y, record.area.height) : first_share(amount.x, record.area.width);
  std::uint64_t sum = 0;
  for (const Alike& line : alike(by_column ? amount.x : amount.y, lines)) {
    for (const Alike& block : alike(amount.block, record.blocks)) {
      const std::uint64_t elements = amount.scale * along * line.share * block.share;
      sum += wavelets_of(record, elements) * line.count * block.count;
    }
  }
  return sum;
}

/// Of a shift: what each source sends takes a hop to each tile on its way.
std::uint64_t shifted_wavelets(const Record& record) {
  const core::Rectangle area = sources(record);
  std::uint64_t sum = 0;
  for (const Alike& column : alike(record.elements.x, area.width)) {
    for (const Alike& row : alike(record.elements.y, area.height)) {
      for (const Alike& block : alike(record.elements.block, record.blocks)) {
        const std::uint64_t elements = record.elements.scale * column.share * row.share * block.share;
        sum += wavelets_of(record, elements) * column.count * row.count * block.count;
      }
    }
  }
  return sum * record.distance;
}

}  // namespace

std::uint64_t sent_wavelets(const Record& record) {
  if (record.kind == Kind::compute || record.kind == Kind::update) return 0;
  if (record.kind == Kind::shift) return shifted_wavelets(record);
  const bool streams = record.kind == Kind::stream_in || record.kind == Kind::stream_out;
  // The relay sends each wavelet once, and so do the taps of the other lanes.
  if (is_shared(record)) return host_wavelets(record) * (1 + record.lanes);
  const bool by_column = streams || record.axis == Axis::y;
  const std::uint64_t sum =
      wavelets_on_lines(record, by_column, by_column ? record.area.width : record.area.height);
  return streams ? sum : sum * sends_per_block(record);
}

std::uint64_t host_wavelets(const Record& record) {
  if (record.kind != Kind::stream_in && record.kind != Kind::stream_out) return 0;
  if (!is_shared(record)) return sent_wavelets(record);
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < record.area.width; ++i) sum += host_wavelets(record, i);
  return sum;
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
  const std::uint64_t host_bytes = host_wavelets(record) * kBytesPerWavelet;
  for (Totals* totals : {static_cast<Totals*>(&*place), &total_}) {
    ++totals->records;
    totals->macs += total_macs(record);
    totals->wavelets += sent;
    if (record.kind == Kind::stream_in) {
      totals->bytes_in += host_bytes;
      totals->parameters_in += record.parameters;
    } else if (record.kind == Kind::stream_out) {
      totals->bytes_out += host_bytes;
      totals->parameters_out += record.parameters;
    }
  }
}

}  // namespace waferloom::trace
