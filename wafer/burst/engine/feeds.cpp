// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/feeds.hpp"

#include <algorithm>

#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/burst/engine/credit_loops.hpp"

namespace waferloom::burst {

namespace {

/// Words up to `last` that lie beyond the first `held`.
std::uint64_t beyond(std::uint64_t last, std::uint64_t held) { return last > held ? last - held : 0; }

}  // namespace

Feeds::Feeds(const ColumnLayout& layout, const wafer::Hardware& hardware, core::Rectangle program,
             const CoarseTrace& coarse)
    : layout_(layout),
      coarse_(coarse),
      copies_(hardware, program, coarse),
      opening_([this](std::uint32_t record) { return listener_->opening(record); }),
      row_cycles_(coarse.rows * hop_cycles(hardware.fabric, hardware.fabric.reticle_height)),
      first_row_(program.y * hop_cycles(hardware.fabric, hardware.fabric.reticle_height) +
                 hardware.fabric.ramp_latency_cycles + 1),
      columns_(layout.columns.size()) {
  std::uint32_t lanes = 1;
  for (const trace::Record& record : coarse.records) {
    lanes = std::max(lanes, record.lanes);
    if (record.kind == trace::Kind::stream_in) stream_ins_.push_back(record.id);
  }
  for (std::uint32_t row = 0; row < coarse.program.height; ++row) {
    ways_.push_back(ticks(first_row_ + row * row_cycles_));
  }
  for (Column& column : columns_) column.rows.resize(std::size_t{coarse.program.height} * lanes);
  const bool common = layout.one_host_queue;
  host_queues_.resize(common ? 1 : layout.channels.size(), {common, 0});
  for (const ColumnLayout::Channel& channel : layout.channels) {
    HostQueue& queue = host_queues_[common ? 0 : channels_.size()];
    channels_.push_back({ChannelReader(channel.limits, queue, coarse, stream_ins_), kNever});
    for (const ChannelReader::Member& member : channel.members) channels_.back().reader.add(member);
  }
}

std::uint64_t Feeds::slack(std::uint32_t row, std::uint32_t other) const {
  if (row > other) return layout_.queue_words;
  return layout_.queue_words +
         static_cast<std::uint64_t>((other - row) * layout_.router_words * std::max(1.0, coarse_.rows));
}

std::size_t Feeds::row_place(const LaneTile& tile) const {
  const std::uint32_t lane = tile.stream.lane;
  const std::uint32_t slot = lane >= tile.home ? lane - tile.home : lane + tile.stream.lanes - tile.home;
  return std::size_t{slot} * coarse_.program.height + tile.row;
}

double Feeds::share(std::uint32_t column, const trace::Record& stream) const {
  const ColumnLayout::Column& of = layout_.columns[column];
  const std::uint32_t place = column - stream.area.x;
  if (trace::is_shared(stream)) return stream_share(stream, coarse_.scales[stream.id], place, of.homes);
  // Where the stream's area ends among the channel's columns, those in it have the channel for themselves while the
  // channel's buffer holds no words for others.
  const auto first = coarse_.column_of.begin() + of.first_neighbour;
  const auto begin = std::lower_bound(first, first + of.neighbours, stream.area.x);
  const auto end = std::lower_bound(begin, first + of.neighbours, stream.area.x + stream.area.width);
  const auto takers = static_cast<std::uint32_t>(end - begin);
  const auto words = static_cast<double>(takers * trace::host_wavelets(stream, place));
  const double others =
      std::min(static_cast<double>(layout_.channels[of.channel].limits.buffer_words) / words, 1.0);
  const double all = takers + others * (of.neighbours - takers);
  return stream_share(stream, coarse_.scales[stream.id], place, takers) * of.neighbours / all;
}

bool Feeds::feed(const LaneTile& tile, std::uint64_t words, Ticks pace, Ticks now) {
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
    segment.cost = pace;
    segment.share = share(c, tile.stream);
    if (trace::is_shared(tile.stream)) segment.passing.resize(tile.stream.lanes);
    column.filling = segment;
    column.wanted.push_back({column.fed, now, std::max(pace, ticks(1 / rate(c, segment)))});
  }
  return column.filling->stream == stream && fill(c, now);
}

bool Feeds::fill(std::uint32_t c, Ticks now) {
  Column& column = columns_[c];
  Segment& segment = *column.filling;
  if (opening_(segment.stream) == kNever) return false;
  const std::uint64_t end = segment.first + segment.words;
  const ChannelReader& reader = channels_[layout_.columns[c].channel].reader;
  const std::uint64_t before = reader.requests();
  while (column.fed < end && feed_request(c, segment, end, now)) {
  }
  ask_ahead(layout_.columns[c].channel, now);
  if (column.fed < end) wait_for_room(layout_.columns[c].channel);
  const bool filled = column.fed == end;
  if (filled) {
    const Ticks taken = entry_time(c, end);
    segment.tail = std::max(column.fed_time, taken);
    column.fed_time = segment.tail;
    column.due = std::max(column.due, taken);
    if (!segment.passing.empty()) column.fed_shared += segment.words;
    column.segments.push_back(segment);
    carry(column.carried, segment.stream, segment.head, segment.tail);
    column.filling.reset();
    listener_->words_known(c);
  }
  // Some of the requests may be of other columns.
  if (reader.requests() != before) look_at_starved(layout_.columns[c].channel);
  return filled;
}

void Feeds::wait_for_room(std::uint32_t number) {
  Channel& channel = channels_[number];
  const Ticks time = channel.reader.ask_again();
  if (time == kNever || channel.room_alarm == time) return;
  channel.room_alarm = time;
  listener_->at(time, [this, number, time] { look_for_room(number, time); });
}

void Feeds::look_for_room(std::uint32_t number, Ticks now) {
  // Of one queue each alarm sets the next, and those that another one has come before are of no use.
  if (layout_.one_host_queue && channels_[number].room_alarm != now) return;
  channels_[number].room_alarm = kNever;
  ask_ahead(number, now);
  // Also for tiles that have begun with a block's first words, and are busy.
  for (const std::uint32_t c : layout_.channels[number].columns) {
    if (columns_[c].filling) static_cast<void>(fill(c, now));
  }
  look_at_starved(number);
}

void Feeds::ask_ahead(std::uint32_t number, Ticks now) {
  if (!layout_.one_host_queue) return;
  while (channels_[number].reader.ask_ahead(opening_, now)) {
  }
  wait_for_room(number);
}

void Feeds::ask_ahead(Ticks now) {
  if (!layout_.one_host_queue) return;
  // Channels take turns.
  for (bool any = true; any;) {
    any = false;
    for (Channel& channel : channels_) any = channel.reader.ask_ahead(opening_, now) || any;
  }
  for (std::uint32_t number = 0; number < channels_.size(); ++number) {
    wait_for_room(number);
    look_at_starved(number);
  }
}

bool Feeds::feed_request(std::uint32_t c, Segment& segment, std::uint64_t end, Ticks now) {
  Column& column = columns_[c];
  ChannelReader& reader = channels_[layout_.columns[c].channel].reader;
  if (!reader.ask(c, column.fed + 1, opening_, now)) return false;
  const ChannelReader::Request request = reader.request_of(c, column.fed);
  const auto entry = [&](std::uint64_t words) {
    const auto n = static_cast<double>(words);
    return std::max({column.due + ticks(n / rate(c, segment)),
                     request.ready + ticks(n / layout_.columns[c].most_rate), column.fed_time});
  };
  const Ticks first = entry(1);
  if (column.fed == segment.first) segment.head = first;
  // Where the PEs have to wait for the request, they go on when it comes, as fast as the channel brings it.
  if (first > column.wanted.back().taken(column.fed)) {
    const Ticks pace = std::max(segment.cost, ticks(1 / layout_.columns[c].most_rate));
    column.wanted.push_back({column.fed, first, pace});
  }
  const std::uint64_t next = std::min(end, request.end);
  column.fed_time = entry(next - column.fed);
  column.due += ticks(static_cast<double>(next - column.fed) / rate(c, segment));
  column.fed = next;
  if (next != request.end) return true;
  reader.entered(c, next, std::max(column.fed_time, entry_time(c, next)));
  return true;
}

Ticks Feeds::entry_time(std::uint32_t c, std::uint64_t words) {
  // A word enters when the PEs have taken the one as far before it as the routers on the way hold.
  const std::uint64_t taken = beyond(words, layout_.columns[c].ahead);
  Fifo<Wanted>& wanted = columns_[c].wanted;
  while (wanted.size() > 1 && wanted[1].first < taken) wanted.pop_front();
  if (taken <= wanted.front().first) return 0;
  return wanted.front().taken(taken);
}

void Feeds::look_at_starved(std::uint32_t channel) {
  for (const std::uint32_t other : layout_.channels[channel].columns) {
    if (columns_[other].filling) listener_->words_known(other);
  }
}

std::optional<Feeds::Arrival> Feeds::arrival(const LaneTile& tile, std::uint64_t words, Ticks pace,
                                             Ticks now) {
  const std::uint32_t stream = LaneCopies::home_record(tile);
  const bool at_home = LaneCopies::is_home(tile);
  Column& column = columns_[LaneCopies::home_column(tile)];
  Row& taker = row(tile);
  std::uint64_t number = std::max(taker.next, column.first_segment);
  const std::uint64_t end = column.first_segment + column.segments.size();
  while (number < end && column.segments[number - column.first_segment].stream != stream) ++number;
  // Other lanes have to wait until the home column takes it. Of a block that comes in several requests the first
  // words are there before the last have been asked for.
  const bool all = number != end || (at_home && feed(tile, words, pace, now));
  if (!all && !(column.filling && column.filling->stream == stream && column.fed != column.filling->first)) {
    return std::nullopt;
  }
  taker.current = number;
  const Segment& segment = current(tile);
  if (at_home) {
    const Ticks way = ways_[tile.row];
    return Arrival{segment.head + way, all ? segment.tail + way : kNever};
  }
  const bool is_tap = tile.row == LaneCopies::passing_row(tile);
  const Passing& passing = segment.passing[is_tap ? tile.home : tile.stream.lane];
  if (passing.head == kNever) return std::nullopt;
  const Ticks way = is_tap ? copies_.way_to_tap(tile) : copies_.way_from_tap(tile);
  return Arrival{passing.head + way, passing.tail == kNever ? kNever : passing.tail + way};
}

void Feeds::take(const LaneTile& tile) {
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

std::uint64_t Feeds::missing(const LaneTile& tile, std::uint32_t other) const {
  const LaneTile taker = tile.in_row(other);
  if (!LaneCopies::is_home(tile)) return missing_copies(tile, taker, copies_.column_slack(tile, other));
  const Segment& segment = current(tile);
  return beyond(segment.first + segment.words, row(taker).taken + slack(tile.row, other));
}

std::uint64_t Feeds::missing_at_tap(const LaneTile& relay, const LaneTile& tap) const {
  return missing_copies(relay, tap, copies_.relay_slack(tap));
}

std::uint64_t Feeds::missing_copies(const LaneTile& tile, const LaneTile& taker, std::uint64_t slack) const {
  const Segment& segment = current(tile);
  return beyond(segment.first_shared + segment.words, row(taker).taken_shared + slack);
}

void Feeds::begin_passing(const LaneTile& tile, Ticks head) {
  current(tile).passing[tile.stream.lane].head = head;
}

void Feeds::end_passing(const LaneTile& tile, Ticks tail) {
  current(tile).passing[tile.stream.lane].tail = tail;
}

}  // namespace waferloom::burst
