// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/column_streams.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "fabric/io_plan.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/burst/engine/hop.hpp"
#include "wafer/program/channel_schedule.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::burst {

using trace::Kind;

namespace {

/// Less than this of a word is the rounding of rates.
constexpr double kWordFraction = 1e-6;

/// Words up to `last` that lie beyond the first `held`.
std::uint64_t beyond(std::uint64_t last, std::uint64_t held) { return last > held ? last - held : 0; }

/// A column's words of a stream follow one another.
void carry(std::vector<ColumnStreams::Carried>& carried, std::uint32_t record, Ticks start, Ticks end) {
  if (carried.empty() || carried.back().record != record) {
    carried.push_back({record, start, end});
  } else {
    carried.back().end = std::max(carried.back().end, end);
  }
}

}  // namespace

ColumnStreams::ColumnStreams(const wafer::Hardware& hardware, const fabric::HostRates& host,
                             core::Rectangle program, const CoarseTrace& coarse)
    : coarse_(coarse),
      copies_(hardware, program, coarse),
      latency_out_(ticks((hardware.io.latency_s + host.latency_s) * hardware.pe.clock_hz)),
      row_cycles_(coarse.rows * hop_cycles(hardware.fabric, hardware.fabric.reticle_height)),
      first_row_(program.y * hop_cycles(hardware.fabric, hardware.fabric.reticle_height) +
                 hardware.fabric.ramp_latency_cycles + 1),
      queue_words_(hardware.pe.input_queues[wafer::QueueUse::weights] + hardware.fabric.queue_depth),
      router_words_(hardware.fabric.queue_depth),
      link_rate_(1.0 / hardware.fabric.link_cycles()),
      columns_(coarse.program.width),
      outstanding_(coarse.records.size()) {
  // A channel enters the wafer through one port of one router, as wide as a link.
  const double channel_rate = std::min(link_rate_, hardware.io.bandwidth_bits_per_s / hardware.io.channels /
                                                       core::kWaveletBits / hardware.pe.clock_hz);
  const double host_rate = host.bandwidth_bits_per_s / core::kWaveletBits / hardware.pe.clock_hz;
  std::uint32_t lanes = 1;
  for (const trace::Record& record : coarse.records) lanes = std::max(lanes, record.lanes);
  const std::vector<bool> homes = homes_of_shared();
  const std::vector<bool> unshared = takers_of_unshared();
  const auto all_homes = std::max<std::ptrdiff_t>(std::count(homes.begin(), homes.end(), true), 1);
  for (Column& column : columns_) {
    column.rows.resize(std::size_t{coarse.program.height} * lanes);
    column.rate = link_rate_;
    column.shared_rate = link_rate_;
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
    const auto first = homes.begin() + segment.begin;
    const auto own_homes = std::count(first, first + segment.count, true);
    const auto takes = [&](std::uint32_t i) {
      return homes[segment.begin + i] || unshared[segment.begin + i];
    };
    std::size_t takers = 0;
    for (std::uint32_t i = 0; i < segment.count; ++i) takers += takes(i) ? 1 : 0;
    const ChannelReader::Limits limits{host_rate * segment.count / program.width,
                                       host_rate *
                                           static_cast<double>(std::max<std::ptrdiff_t>(own_homes, 1)) /
                                           static_cast<double>(all_homes),
                                       hardware.io.buffer_bytes / (core::kWaveletBits / 8),
                                       wafer::request_words(hardware.io, takers), latency_out_};
    Channel channel{0, {}, ChannelReader(limits, coarse, stream_ins_), 0, kNever, kNever};
    std::vector<ChannelReader::Member> members;
    // Columns on one side of the channel's share the link on that side.
    const auto rate_of = [&](bool shared) {
      std::uint32_t west = 0;
      std::uint32_t east = 0;
      std::uint32_t all = 0;
      for (std::uint32_t i = 0; i < segment.count; ++i) {
        if (shared && !homes[segment.begin + i]) continue;
        const std::uint32_t x = program.x + segment.begin + i;
        west += x < segment.position ? 1 : 0;
        east += x > segment.position ? 1 : 0;
        ++all;
      }
      return std::min(channel_rate / std::max(all, 1U), link_rate_ / std::max({west, east, 1U}));
    };
    const double rate = rate_of(false);
    const double shared_rate = rate_of(true);
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      const std::uint32_t place = coarse.column_of[segment.begin + i];
      Column& column = columns_[place];
      if (members.empty() || members.back().column != place) members.push_back({place, 0, 0});
      if (takes(i)) ++members.back().count;
      if (homes[segment.begin + i]) ++members.back().homes;
      const std::uint32_t x = program.x + segment.begin + i;
      const std::uint32_t way =
          program.y + (x > segment.position ? x - segment.position : segment.position - x);
      column.ahead = std::max(column.ahead, queue_words_ + router_words_ * way);
      column.shared_rate = std::min(column.shared_rate, shared_rate);
      if (rate < column.rate || !has_channel[place]) {
        has_channel[place] = true;
        column.rate = rate;
        column.channel = static_cast<std::uint32_t>(channels_.size());
        column.neighbours = segment.count;
        column.homes = static_cast<std::uint32_t>(own_homes);
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
  ChannelReader::Member others;
  const auto join = [](ChannelReader::Member& to, const ChannelReader::Member& from) {
    to.count += from.count;
    to.homes += from.homes;
  };
  for (const ChannelReader::Member& member : members) {
    if (columns_[member.column].channel == channel) {
      served.push_back(member);
      join(served.back(), std::exchange(others, {}));
    } else {
      join(served.empty() ? others : served.back(), member);
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

std::vector<bool> ColumnStreams::homes_of_shared() const {
  const std::vector<std::uint32_t>& column_of = coarse_.column_of;
  std::vector<bool> homes(column_of.size());
  for (const trace::Record& record : coarse_.records) {
    if (!trace::is_shared(record)) continue;
    const auto begin = std::lower_bound(column_of.begin(), column_of.end(), record.area.x);
    const auto end = std::lower_bound(begin, column_of.end(), record.area.x + record.area.width);
    for (auto column = begin; column != end; ++column) {
      homes[static_cast<std::size_t>(column - column_of.begin())] =
          trace::is_home(record, static_cast<std::uint32_t>(column - begin));
    }
  }
  return homes;
}

std::vector<bool> ColumnStreams::takers_of_unshared() const {
  std::vector<bool> takers(coarse_.column_of.size());
  for (const trace::Record& record : coarse_.records) {
    if (record.kind != Kind::stream_in || trace::is_shared(record)) continue;
    for (std::size_t column = 0; column < takers.size(); ++column) {
      const std::uint32_t place = coarse_.column_of[column];
      if (place >= record.area.x && place - record.area.x < record.area.width) takers[column] = true;
    }
  }
  return takers;
}

std::size_t ColumnStreams::row_place(const LaneTile& tile) const {
  const std::uint32_t lanes = tile.stream.lanes;
  const std::uint32_t slot = (tile.stream.lane + lanes - LaneCopies::home_lane(tile)) % lanes;
  return std::size_t{slot} * coarse_.program.height + tile.row;
}

bool ColumnStreams::feed(const LaneTile& tile, std::uint64_t words, Ticks now) {
  const std::uint32_t c = tile.column;
  const std::uint32_t stream = tile.stream.id;
  Column& column = columns_[c];
  if (!column.filling) {
    Segment segment;
    segment.stream = stream;
    segment.first = column.fed;
    segment.first_shared = column.fed_shared;
    segment.words = words;
    segment.rows_left = tile.stream.area.height * tile.stream.lanes;
    const bool shared = trace::is_shared(tile.stream);
    segment.share = stream_share(tile.stream, coarse_.scales[stream], c - tile.stream.area.x,
                                 shared ? column.homes : column.neighbours);
    if (shared) segment.passing.resize(tile.stream.lanes);
    column.filling = segment;
    column.wanted = now;
  }
  Segment& segment = *column.filling;
  if (segment.stream != stream || opening_(stream) == kNever) return false;
  const std::uint64_t end = segment.first + segment.words;
  const std::uint64_t before = column.fed;
  while (column.fed < end && feed_request(c, segment, end, now)) {
  }
  if (column.fed < end) wait_for_room(column.channel);
  const bool filled = column.fed == end;
  if (filled) {
    const Ticks taken = entry_time(column, segment, end);
    segment.tail = std::max(column.fed_time, taken);
    column.fed_time = segment.tail;
    column.due = std::max(column.due, taken);
    if (!segment.passing.empty()) column.fed_shared += segment.words;
    column.segments.push_back(segment);
    carry(column.carried_in, stream, segment.head, segment.tail);
    words_in_ += words;
    column.filling.reset();
  }
  if (column.fed != before) look_at_starved(channels_[column.channel]);
  return filled;
}

void ColumnStreams::wait_for_room(std::uint32_t number) {
  Channel& channel = channels_[number];
  const Ticks time = channel.reader.ask_again();
  if (time == kNever || channel.room_alarm == time) return;
  channel.room_alarm = time;
  room_alarm_(number, time);
}

void ColumnStreams::look_for_room(std::uint32_t number) {
  Channel& channel = channels_[number];
  channel.room_alarm = kNever;
  look_at_starved(channel);
}

bool ColumnStreams::feed_request(std::uint32_t c, Segment& segment, std::uint64_t end, Ticks now) {
  Column& column = columns_[c];
  ChannelReader& reader = channels_[column.channel].reader;
  if (!reader.ask(c, column.fed + 1, opening_, now)) return false;
  const ChannelReader::Request request = reader.request_of(c, column.fed);
  const auto entry = [&](std::uint64_t words) {
    const auto n = static_cast<double>(words);
    return std::max({column.due + ticks(n / rate(column, segment)),
                     request.ready + ticks(n / column.most_rate), column.fed_time});
  };
  if (column.fed == segment.first) segment.head = entry(1);
  const std::uint64_t next = std::min(end, request.end);
  column.fed_time = entry(next - column.fed);
  column.due += ticks(static_cast<double>(next - column.fed) / rate(column, segment));
  column.fed = next;
  if (next != request.end) return true;
  reader.entered(c, next, std::max(column.fed_time, entry_time(column, segment, next)));
  return true;
}

Ticks ColumnStreams::entry_time(const Column& column, const Segment& segment, std::uint64_t words) {
  // What the routers on the way hold is there already when the PEs begin to take.
  const std::uint64_t taken = words - segment.first - std::min(words - segment.first, column.ahead);
  return column.wanted + ticks(static_cast<double>(taken) / rate(column, segment));
}

void ColumnStreams::look_at_starved(const Channel& channel) {
  for (const std::uint32_t other : channel.columns) {
    if (columns_[other].filling) words_(other);
  }
}

std::optional<ColumnStreams::Arrival> ColumnStreams::arrival(const LaneTile& tile, std::uint64_t words,
                                                             Ticks now) {
  const std::uint32_t stream = LaneCopies::home_record(tile);
  const bool at_home = LaneCopies::is_home(tile);
  Column& column = columns_[LaneCopies::home_column(tile)];
  Row& taker = row(tile);
  std::uint64_t number = std::max(taker.next, column.first_segment);
  const std::uint64_t end = column.first_segment + column.segments.size();
  while (number < end && column.segments[number - column.first_segment].stream != stream) ++number;
  // Other lanes have to wait until the home column takes it.
  if (number == end && !(at_home && feed(tile, words, now))) return std::nullopt;
  const Segment& segment = column.segments[number - column.first_segment];
  taker.current = number;
  if (at_home) {
    const Ticks way = ticks(first_row_ + tile.row * row_cycles_);
    return Arrival{segment.head + way, segment.tail + way};
  }
  const bool is_tap = tile.row == LaneCopies::passing_row(tile);
  const Passing& passing = segment.passing[is_tap ? LaneCopies::home_lane(tile) : tile.stream.lane];
  if (passing.head == kNever) return std::nullopt;
  const Ticks way = is_tap ? copies_.way_to_tap(tile) : copies_.way_from_tap(tile);
  return Arrival{passing.head + way, passing.tail == kNever ? kNever : passing.tail + way};
}

void ColumnStreams::take(const LaneTile& tile) {
  Column& column = columns_[LaneCopies::home_column(tile)];
  Row& taker = row(tile);
  Segment& segment = current(tile);
  taker.taken = segment.first + segment.words;
  if (!segment.passing.empty()) taker.taken_shared = segment.first_shared + segment.words;
  taker.next = taker.current + 1;
  --segment.rows_left;
  while (!column.segments.empty() && column.segments.front().rows_left == 0) {
    column.segments.pop_front();
    ++column.first_segment;
  }
}

std::uint64_t ColumnStreams::missing(const LaneTile& tile, std::uint32_t other) const {
  const LaneTile taker{tile.stream, tile.column, other};
  if (!LaneCopies::is_home(tile)) return missing_copies(tile, taker, copies_.column_slack(tile, other));
  const Segment& segment = current(tile);
  return beyond(segment.first + segment.words, row(taker).taken + slack(tile.row, other));
}

std::uint64_t ColumnStreams::missing_at_tap(const LaneTile& relay, const LaneTile& tap) const {
  return missing_copies(relay, tap, copies_.relay_slack(tap));
}

std::uint64_t ColumnStreams::missing_copies(const LaneTile& tile, const LaneTile& taker,
                                            std::uint64_t slack) const {
  const Segment& segment = current(tile);
  return beyond(segment.first_shared + segment.words, row(taker).taken_shared + slack);
}

void ColumnStreams::begin_passing(const LaneTile& tile, Ticks head) {
  current(tile).passing[tile.stream.lane].head = head;
}

void ColumnStreams::end_passing(const LaneTile& tile, Ticks tail) {
  current(tile).passing[tile.stream.lane].tail = tail;
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
