// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/channel_reader.hpp"

#include <algorithm>

#include "trace/shared_stream.hpp"

namespace waferloom::burst {

void ChannelReader::add(const Member& member) {
  member_of_.resize(std::max<std::size_t>(member_of_.size(), member.column + std::size_t{1}));
  member_of_[member.column] = members_.size();
  members_.push_back({member, {}, 0});
  schedule_.add_column(std::max(member.count, 1U));
}

bool ChannelReader::ask(std::uint32_t column, std::uint64_t words,
                        const std::function<Ticks(std::uint32_t)>& opening, Ticks now) {
  const Column& wanted = members_[member(column)];
  ask_again_ = kNever;
  while (wanted.asked < words) {
    if (!ask_next(opening, now)) return false;
  }
  return true;
}

bool ChannelReader::ask_ahead(const std::function<Ticks(std::uint32_t)>& opening, Ticks now) {
  ask_again_ = kNever;
  return ask_next(opening, now);
}

bool ChannelReader::may_come_earlier(Ticks room, Ticks now) const {
  if (queue_.common) return room > now;
  // Another column, if there is one, may yet give room earlier, which matters if the host waits for it.
  return members_.size() > 1 && room > std::max(now, queue_.busy_until);
}

double ChannelReader::surplus(const trace::Record& stream) const {
  double shares = 0;
  double columns = 0;
  std::uint32_t all = 0;
  for (const Column& each : members_) all += trace::is_shared(stream) ? each.member.homes : each.member.count;
  for (const Column& each : members_) {
    const std::uint32_t column = each.member.column;
    if (column < stream.area.x || column - stream.area.x >= stream.area.width) continue;
    const double count = std::max(trace::is_shared(stream) ? each.member.homes : each.member.count, 1U);
    shares += count * stream_share(stream, coarse_.scales[stream.id], column - stream.area.x, all);
    columns += count;
  }
  return columns == 0 ? 1 : std::max(shares / columns, 1.0);
}

bool ChannelReader::open_next(const std::function<Ticks(std::uint32_t)>& opening) {
  while (schedule_.all_asked()) {
    if (next_stream_ == streams_.size()) return false;
    // All lanes of a shared stream at once: each needs what enters at the others.
    const std::uint32_t first = streams_[next_stream_];
    const std::uint32_t lanes = coarse_.records[first].lanes;
    for (std::uint32_t id = first; id < first + lanes; ++id) {
      const Ticks time = opening(id);
      if (time == kNever) return false;
      asked_at_ = std::max(asked_at_, time);
    }
    next_stream_ += lanes;
    const double more = surplus(coarse_.records[first]);
    rate_ = lanes > 1 ? limits_.shared_rate : limits_.rate;
    rate_ = {rate_.share * more, rate_.queue * more};
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const Member& each = members_[i].member;
      for (std::uint32_t id = first; id < first + lanes; ++id) {
        const trace::Record& record = coarse_.records[id];
        if (each.column < record.area.x || each.column - record.area.x >= record.area.width) continue;
        schedule_.open(i, trace::host_wavelets(record, each.column - record.area.x),
                       std::max(lanes > 1 ? each.homes : each.count, 1U));
      }
    }
  }
  return true;
}

bool ChannelReader::ask_next(const std::function<Ticks(std::uint32_t)>& opening, Ticks now) {
  if (!open_next(opening)) return false;
  for (;;) {
    // What has entered by the time of the last request gives room for this one.
    if (room_.empty() || room_.top().time > asked_at_) {
      if (const auto request = schedule_.next()) {
        make(*request);
        return true;
      }
      if (room_.empty()) return false;
    }
    if (may_come_earlier(room_.top().time, now)) {
      ask_again_ = room_.top().time;
      return false;
    }
    asked_at_ = std::max(asked_at_, room_.top().time);
    schedule_.give(room_.top().member, room_.top().words);
    room_.pop();
  }
}

void ChannelReader::make(const wafer::ChannelSchedule::Request& request) {
  schedule_.take(request);
  ++requests_;
  const double rate = queue_.common ? rate_.queue : rate_.share;
  queue_.busy_until =
      std::max(queue_.busy_until, asked_at_) + ticks(static_cast<double>(request.room) / rate);
  Column& column = members_[request.column];
  column.asked += request.words;
  // Until the last of the columns has its part, other channels have theirs.
  const Ticks rest = ticks(static_cast<double>(request.rest) / rate_.share);
  column.requests.push_back(
      {column.asked, queue_.busy_until + rest + limits_.latency, request.words, request.room});
}

ChannelReader::Request ChannelReader::request_of(std::uint32_t column, std::uint64_t word) const {
  const Fifo<Request>& requests = members_[member(column)].requests;
  std::size_t number = 0;
  while (word >= requests[number].end) ++number;
  return requests[number];
}

void ChannelReader::entered(std::uint32_t column, std::uint64_t words, Ticks time) {
  const std::size_t number = member(column);
  Fifo<Request>& requests = members_[number].requests;
  for (; !requests.empty() && requests.front().end <= words; requests.pop_front()) {
    room_.push({std::max(time, requests.front().ready), number, requests.front().room});
  }
}

}  // namespace waferloom::burst
