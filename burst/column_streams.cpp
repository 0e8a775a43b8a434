// SPDX-License-Identifier: Apache-2.0
#include "burst/column_streams.hpp"

#include <algorithm>
#include <cmath>

#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "wafer/route_plan.hpp"

namespace waferloom::burst {

using trace::Kind;

namespace {

constexpr std::uint64_t kBytesPerWord = 4;

std::uint64_t column_words(const trace::Record& record, std::uint32_t column) {
  std::uint64_t words = 0;
  for (std::uint64_t block = 0; block < record.blocks; ++block) {
    words += trace::wavelets(record, column, 0, block);
  }
  return words;
}

}  // namespace

ColumnStreams::ColumnStreams(const wafer::Hardware& hardware, const fabric::MemoryXParameters& memoryx,
                             core::Rectangle program, const CoarseTrace& coarse)
    : coarse_(coarse),
      latency_in_(ticks((hardware.io.latency_s + memoryx.latency_s) * hardware.pe.clock_hz)),
      latency_out_(latency_in_),
      row_cycles_(coarse.rows * hardware.fabric.hop_latency_cycles),
      first_row_(program.y * hardware.fabric.hop_latency_cycles + hardware.fabric.ramp_latency_cycles + 1),
      queue_words_(hardware.pe.input_queues[wafer::QueueUse::weights] + hardware.fabric.queue_depth),
      router_words_(hardware.fabric.queue_depth),
      columns_(coarse.program.width),
      outstanding_(coarse.records.size()) {
  const double channel_rate = hardware.io.bandwidth_bits_per_s / hardware.io.channels / core::kWaveletBits /
                              hardware.pe.clock_hz;
  const double host_rate = memoryx.bandwidth_bits_per_s / core::kWaveletBits / hardware.pe.clock_hz /
                           static_cast<double>(program.width);
  for (Column& column : columns_) {
    column.rows.resize(coarse.program.height);
    column.rate = std::min(1.0, host_rate);
    column.ahead = queue_words_;
  }
  for (const fabric::ChannelSegment& segment : fabric::assign_columns(
           program.x, program.width, hardware.io.channels, hardware.fabric.width)) {
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      Column& column = columns_[static_cast<std::size_t>(
          std::uint64_t{segment.begin + i} * coarse.program.width / program.width)];
      column.rate = std::min(column.rate, channel_rate / segment.count);
      const std::uint32_t x = program.x + segment.begin + i;
      const std::uint32_t way = program.y + (x > segment.position ? x - segment.position : segment.position - x);
      column.ahead = std::max(column.ahead, queue_words_ + router_words_ * way);
    }
  }
  expect_results();
}

void ColumnStreams::expect_results() {
  for (const trace::Record& record : coarse_.records) {
    if (record.kind != Kind::stream_out) continue;
    for (std::uint32_t i = 0; i < record.area.width; ++i) {
      const std::uint64_t words = column_words(record, i);
      if (words == 0) continue;
      columns_[record.area.x + i].expected.push_back({record.id, words});
      outstanding_[record.id] += words;
    }
  }
}

std::uint64_t ColumnStreams::slack(std::uint32_t row, std::uint32_t other) const {
  if (row > other) return queue_words_;
  return queue_words_ + static_cast<std::uint64_t>(static_cast<double>((other - row) * router_words_) *
                                                   std::max(1.0, coarse_.rows));
}

bool ColumnStreams::feed(Column& column, std::uint32_t stream, std::uint64_t words, Ticks now) {
  const Ticks opening = opening_(stream);
  if (opening == kNever) return false;
  const Ticks start = std::max(column.fed_time, opening + latency_in_);
  // What the routers on the way hold is there already when the PEs begin to take.
  const std::uint64_t rest = words - std::min(words, column.ahead);
  Segment segment;
  segment.stream = stream;
  segment.first = column.fed;
  segment.words = words;
  segment.head = start + ticks(1 / column.rate);
  segment.tail = std::max(start + ticks(static_cast<double>(words) / column.rate),
                          now + ticks(static_cast<double>(rest) / column.rate));
  segment.rows_left = coarse_.records[stream].area.height;
  column.fed += words;
  column.fed_time = segment.tail;
  column.segments.push_back(segment);
  words_in_ += words;
  return true;
}

std::optional<ColumnStreams::Arrival> ColumnStreams::arrival(std::uint32_t c, std::uint32_t r,
                                                             std::uint32_t taker, std::uint64_t words,
                                                             Ticks now) {
  const std::uint32_t stream = coarse_.records[taker].consumes;
  Column& column = columns_[c];
  Row& row = column.rows[r];
  std::uint64_t number = std::max(row.next, column.first_segment);
  const std::uint64_t end = column.first_segment + column.segments.size();
  while (number < end && column.segments[number - column.first_segment].stream != stream) ++number;
  if (number == end && !feed(column, stream, words, now)) return std::nullopt;
  const Segment& segment = column.segments[number - column.first_segment];
  row.current = number;
  const Ticks way = ticks(first_row_ + r * row_cycles_);
  return Arrival{segment.head + way, segment.tail + way, segment.first + segment.words};
}

void ColumnStreams::take(std::uint32_t c, std::uint32_t r) {
  Column& column = columns_[c];
  Row& row = column.rows[r];
  Segment& segment = column.segments[row.current - column.first_segment];
  row.taken = segment.first + segment.words;
  row.next = row.current + 1;
  --segment.rows_left;
  while (!column.segments.empty() && column.segments.front().rows_left == 0) {
    column.segments.pop_front();
    ++column.first_segment;
  }
}

Ticks ColumnStreams::drain_time(std::uint32_t c, std::uint64_t words, Ticks begun) const {
  const Column& column = columns_[c];
  const double behind = (static_cast<double>(words) - static_cast<double>(column.ahead)) / column.rate;
  return std::max(begun, std::max(column.drained_time, begun) + ticks(behind));
}

void ColumnStreams::drain(std::uint32_t c, std::uint64_t words, Ticks begun) {
  Column& column = columns_[c];
  column.drained_time =
      std::max(column.drained_time, begun) + ticks(static_cast<double>(words) / column.rate);
  while (words != 0 && !column.expected.empty()) {
    Expected& front = column.expected.front();
    const std::uint64_t part = std::min(words, front.words);
    words -= part;
    front.words -= part;
    outstanding_[front.record] -= part;
    if (outstanding_[front.record] == 0) drained_(front.record, column.drained_time + latency_out_);
    if (front.words == 0) column.expected.pop_front();
  }
}

}  // namespace waferloom::burst
