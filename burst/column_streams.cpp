// SPDX-License-Identifier: Apache-2.0
#include "burst/column_streams.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "burst/hop.hpp"
#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "wafer/host_streams.hpp"
#include "wafer/route_plan.hpp"

namespace waferloom::burst {

using trace::Kind;

namespace {

/// Less than this of a word is the rounding of rates.
constexpr double kWordFraction = 1e-6;

/// A column's words of a stream follow one another.
void carry(std::vector<ColumnStreams::Carried>& carried, std::uint32_t record, Ticks start, Ticks end) {
  if (carried.empty() || carried.back().record != record) {
    carried.push_back({record, start, end});
  } else {
    carried.back().end = std::max(carried.back().end, end);
  }
}

}  // namespace

ColumnStreams::ColumnStreams(const wafer::Hardware& hardware, const fabric::MemoryXParameters& memoryx,
                             core::Rectangle program, const CoarseTrace& coarse)
    : coarse_(coarse),
      latency_out_(ticks((hardware.io.latency_s + memoryx.latency_s) * hardware.pe.clock_hz)),
      row_cycles_(coarse.rows * hop_cycles(hardware.fabric, hardware.fabric.reticle_height)),
      first_row_(program.y * hop_cycles(hardware.fabric, hardware.fabric.reticle_height) + hardware.fabric.ramp_latency_cycles + 1),
      queue_words_(hardware.pe.input_queues[wafer::QueueUse::weights] + hardware.fabric.queue_depth),
      router_words_(hardware.fabric.queue_depth),
      link_rate_(1.0 / hardware.fabric.link_cycles()),
      columns_(coarse.program.width),
      outstanding_(coarse.records.size()) {
  // A channel enters the wafer through one port of one router, as wide as a link.
  const double channel_rate = std::min(link_rate_, hardware.io.bandwidth_bits_per_s / hardware.io.channels /
                                                core::kWaveletBits / hardware.pe.clock_hz);
  const double host_rate = memoryx.bandwidth_bits_per_s / core::kWaveletBits / hardware.pe.clock_hz /
                           static_cast<double>(program.width);
  for (Column& column : columns_) {
    column.rows.resize(coarse.program.height);
    column.rate = link_rate_;
    column.most_rate = channel_rate;
    column.ahead = queue_words_;
  }
  for (const trace::Record& record : coarse.records) {
    if (record.kind == Kind::stream_in) stream_ins_.push_back(record.id);
  }
  std::vector<bool> has_channel(columns_.size());
  std::vector<std::vector<ChannelReader::Member>> members_of;
  for (const fabric::ChannelSegment& segment :
       fabric::assign_columns(program.x, program.width, hardware.io.channels, hardware.fabric.width)) {
    const ChannelReader::Limits limits{
        host_rate * segment.count, hardware.io.buffer_bytes / (core::kWaveletBits / 8),
        wafer::request_words(hardware.io, segment.count), latency_out_};
    Channel channel{0, {}, ChannelReader(limits, coarse.records, stream_ins_), 0, kNever};
    std::vector<ChannelReader::Member> members;
    // Columns on one side of the channel's share the link on that side.
    const auto beside = [&](bool west) {
      std::uint32_t count = 0;
      for (std::uint32_t i = 0; i < segment.count; ++i) {
        const std::uint32_t x = program.x + segment.begin + i;
        count += (west ? x < segment.position : x > segment.position) ? 1 : 0;
      }
      return count;
    };
    const std::uint32_t most_beside = std::max({beside(true), beside(false), 1U});
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      const std::uint32_t place = coarse.column_of[segment.begin + i];
      Column& column = columns_[place];
      if (members.empty() || members.back().column != place) members.push_back({place, 0});
      ++members.back().count;
      const std::uint32_t x = program.x + segment.begin + i;
      const std::uint32_t way =
          program.y + (x > segment.position ? x - segment.position : segment.position - x);
      column.ahead = std::max(column.ahead, queue_words_ + router_words_ * way);
      const double rate = std::min({channel_rate / segment.count, link_rate_ / most_beside});
      if (rate < column.rate || !has_channel[place]) {
        has_channel[place] = true;
        column.rate = rate;
        column.channel = static_cast<std::uint32_t>(channels_.size());
      }
    }
    members_of.push_back(std::move(members));
    channels_.push_back(std::move(channel));
  }
  for (std::uint32_t c = 0; c < columns_.size(); ++c) {
    Channel& channel = channels_[columns_[c].channel];
    channel.columns.push_back(c);
    channel.rate += columns_[c].rate;
  }
  for (std::size_t i = 0; i < channels_.size(); ++i) add_members(i, members_of[i]);
  expect_results();
}

void ColumnStreams::add_members(std::size_t channel, const std::vector<ChannelReader::Member>& members) {
  // Columns that another channel serves more slowly are in step with a neighbour that this one serves.
  std::vector<ChannelReader::Member> served;
  std::uint32_t others = 0;
  for (const ChannelReader::Member& member : members) {
    if (columns_[member.column].channel == channel) {
      served.push_back({member.column, member.count + std::exchange(others, 0)});
    } else if (served.empty()) {
      others += member.count;
    } else {
      served.back().count += member.count;
    }
  }
  for (const ChannelReader::Member& member : served) channels_[channel].reader.add(member);
}

void ColumnStreams::expect_results() {
  for (const trace::Record& record : coarse_.records) {
    if (record.kind != Kind::stream_out) continue;
    for (std::uint32_t i = 0; i < record.area.width; ++i) {
      const std::uint64_t words = trace::wavelets_of_blocks(record, i, 0);
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

bool ColumnStreams::feed(std::uint32_t c, std::uint32_t stream, std::uint64_t words, Ticks now) {
  Column& column = columns_[c];
  if (!column.filling) {
    Segment segment;
    segment.stream = stream;
    segment.first = column.fed;
    segment.words = words;
    segment.rows_left = coarse_.records[stream].area.height;
    column.filling = segment;
    column.wanted = now;
  }
  Segment& segment = *column.filling;
  if (segment.stream != stream || opening_(stream) == kNever) return false;
  const std::uint64_t end = segment.first + segment.words;
  const std::uint64_t before = column.fed;
  while (column.fed < end && feed_request(c, segment, end)) {
  }
  const bool filled = column.fed == end;
  if (filled) {
    segment.tail = std::max(column.fed_time, entry_time(column, segment, end));
    column.fed_time = segment.tail;
    column.segments.push_back(segment);
    carry(column.carried_in, stream, segment.head, segment.tail);
    words_in_ += words;
    column.filling.reset();
  }
  if (column.fed != before) look_at_starved(column);
  return filled;
}

bool ColumnStreams::feed_request(std::uint32_t c, Segment& segment, std::uint64_t end) {
  Column& column = columns_[c];
  ChannelReader& reader = channels_[column.channel].reader;
  if (!reader.ask(c, column.fed + 1, opening_)) return false;
  const ChannelReader::Request request = reader.request_of(c, column.fed);
  const auto entry = [&](std::uint64_t words) {
    const auto n = static_cast<double>(words);
    return std::max(column.fed_time + ticks(n / column.rate), request.ready + ticks(n / column.most_rate));
  };
  if (column.fed == segment.first) segment.head = entry(1);
  const std::uint64_t next = std::min(end, request.end);
  column.fed_time = entry(next - column.fed);
  column.fed = next;
  if (next != request.end) return true;
  // Columns are in step here, at wavelet up to a request apart: room comes about half a request earlier.
  const Ticks half = ticks(static_cast<double>(std::min(request.words, next - segment.first)) / 2 / column.rate);
  const Ticks time = std::max(column.fed_time, entry_time(column, segment, next)) - half;
  reader.entered(c, next, time);
  return true;
}

Ticks ColumnStreams::entry_time(const Column& column, const Segment& segment, std::uint64_t words) {
  // What the routers on the way hold is there already when the PEs begin to take.
  const std::uint64_t taken = words - segment.first - std::min(words - segment.first, column.ahead);
  return column.wanted + ticks(static_cast<double>(taken) / column.rate);
}

void ColumnStreams::look_at_starved(const Column& fed) {
  for (const std::uint32_t other : channels_[fed.channel].columns) {
    if (columns_[other].filling) words_(other);
  }
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
  if (number == end && !feed(c, stream, words, now)) return std::nullopt;
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

double ColumnStreams::drain_rate(const Channel& channel) const {
  const auto active = std::count_if(channel.columns.begin(), channel.columns.end(),
                                    [&](std::uint32_t c) { return columns_[c].leaving > 0; });
  return std::min(channel.rate / static_cast<double>(std::max<std::ptrdiff_t>(active, 1)), link_rate_) /
         static_cast<double>(kTicksPerCycle);
}

void ColumnStreams::update_drains(Channel& channel, Ticks now) {
  const double gone = drain_rate(channel) * static_cast<double>(now - channel.updated);
  channel.updated = now;
  for (const std::uint32_t c : channel.columns) {
    Column& column = columns_[c];
    if (column.leaving <= 0) continue;
    column.leaving -= gone;
    if (column.leaving < kWordFraction) column.leaving = 0;
  }
}

void ColumnStreams::set_alarm(std::uint32_t number, Ticks now) {
  Channel& channel = channels_[number];
  double least = std::numeric_limits<double>::max();
  for (const std::uint32_t c : channel.columns) {
    if (columns_[c].leaving > 0) least = std::min(least, columns_[c].leaving);
  }
  if (least == std::numeric_limits<double>::max()) return;
  const Ticks time = now + std::max<Ticks>(static_cast<Ticks>(std::ceil(least / drain_rate(channel))), 1);
  if (channel.alarm <= time && channel.alarm > now) return;
  channel.alarm = time;
  alarm_(number, time);
}

void ColumnStreams::advance_drains(std::uint32_t number, Ticks now) {
  Channel& channel = channels_[number];
  if (channel.alarm <= now) channel.alarm = kNever;
  update_drains(channel, now);
  for (const std::uint32_t c : channel.columns) look_(c);
  set_alarm(number, now);
}

void ColumnStreams::begin_drain(std::uint32_t c, std::uint64_t words, Ticks now) {
  Column& column = columns_[c];
  update_drains(channels_[column.channel], now);
  column.leaving += static_cast<double>(words);
  if (!column.expected.empty()) carry(column.carried_out, column.expected.front().record, now, now);
  set_alarm(column.channel, now);
}

Ticks ColumnStreams::drain_time(std::uint32_t c, std::uint64_t but, Ticks now) const {
  const Column& column = columns_[c];
  const Channel& channel = channels_[column.channel];
  const double rate = drain_rate(channel);
  const double left = column.leaving - rate * static_cast<double>(now - channel.updated) -
                      static_cast<double>(column.ahead + but);
  return left <= 0 ? now : now + static_cast<Ticks>(std::ceil(left / rate));
}

void ColumnStreams::end_drain(std::uint32_t c, std::uint64_t words, Ticks now) {
  Column& column = columns_[c];
  update_drains(channels_[column.channel], now);
  while (words != 0 && !column.expected.empty()) {
    Expected& front = column.expected.front();
    const std::uint64_t part = std::min(words, front.words);
    words -= part;
    front.words -= part;
    outstanding_[front.record] -= part;
    const double waiting = column.leaving / drain_rate(channels_[column.channel]);
    carry(column.carried_out, front.record, now, now + static_cast<Ticks>(waiting));
    // What still waits in the queues leaves at the column's share of the channel.
    if (outstanding_[front.record] == 0) {
      drained_(front.record, now + static_cast<Ticks>(waiting) + latency_out_);
    }
    if (front.words == 0) column.expected.pop_front();
  }
}

}  // namespace waferloom::burst
