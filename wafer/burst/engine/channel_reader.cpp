// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/channel_reader.hpp"

#include <algorithm>

#include "trace/shared_stream.hpp"

namespace waferloom::burst {

ChannelReader::Column& ChannelReader::member(std::uint32_t column) {
  return *std::find_if(members_.begin(), members_.end(),
                       [&](const Column& c) { return c.member.column == column; });
}

bool ChannelReader::ask(std::uint32_t column, std::uint64_t words,
                        const std::function<Ticks(std::uint32_t)>& opening, Ticks now) {
  const Column& wanted = member(column);
  ask_again_ = kNever;
  while (wanted.asked < words) {
    if (!ask_next(opening, now)) return false;
  }
  return true;
}

bool ChannelReader::open_next(const std::function<Ticks(std::uint32_t)>& opening) {
  while (stream_left_ == 0) {
    if (next_stream_ == streams_.size()) return false;
    // All lanes of a shared stream at once: each needs what enters at the others.
    const std::uint32_t first = streams_[next_stream_];
    const std::uint32_t lanes = records_[first].lanes;
    for (std::uint32_t id = first; id < first + lanes; ++id) {
      const Ticks time = opening(id);
      if (time == kNever) return false;
      asked_at_ = std::max(asked_at_, time);
    }
    next_stream_ += lanes;
    turn_ = 0;
    words_per_cycle_ = lanes > 1 ? limits_.shared_words_per_cycle : limits_.words_per_cycle;
    for (Column& each : members_) {
      each.left = 0;
      each.count = lanes > 1 ? std::max(each.member.homes, 1U) : each.member.count;
      for (std::uint32_t id = first; id < first + lanes; ++id) {
        const trace::Record& record = records_[id];
        const std::uint32_t column = each.member.column;
        const bool takes = column >= record.area.x && column - record.area.x < record.area.width;
        if (takes) each.left = trace::host_wavelets(record, column - record.area.x);
      }
      stream_left_ += each.left;
    }
  }
  return true;
}

bool ChannelReader::ask_next(const std::function<Ticks(std::uint32_t)>& opening, Ticks now) {
  if (!open_next(opening)) return false;
  while (members_[turn_].left == 0) turn_ = (turn_ + 1) % members_.size();
  Column& column = members_[turn_];
  const std::uint64_t words = std::min(limits_.request_words, column.left);
  const std::uint64_t all = words * column.count;
  while (held_ != 0 && held_ + all > limits_.buffer_words) {
    if (room_.empty()) return false;
    // Another column may yet give room earlier, which matters if the host waits for it.
    if (room_.top().first > std::max(now, sent_at_)) {
      ask_again_ = room_.top().first;
      return false;
    }
    asked_at_ = std::max(asked_at_, room_.top().first);
    held_ -= room_.top().second;
    room_.pop();
  }
  sent_at_ = std::max(sent_at_, asked_at_) + ticks(static_cast<double>(all) / words_per_cycle_);
  held_ += all;
  stream_left_ -= words;
  column.left -= words;
  column.asked += words;
  column.requests.push_back({column.asked, sent_at_ + limits_.latency, words, all});
  turn_ = (turn_ + 1) % members_.size();
  return true;
}

ChannelReader::Request ChannelReader::request_of(std::uint32_t column, std::uint64_t word) const {
  const auto place = std::find_if(members_.begin(), members_.end(),
                                  [&](const Column& c) { return c.member.column == column; });
  return *std::find_if(place->requests.begin(), place->requests.end(),
                       [&](const Request& request) { return word < request.end; });
}

void ChannelReader::entered(std::uint32_t number, std::uint64_t words, Ticks time) {
  Column& column = member(number);
  for (; !column.requests.empty() && column.requests.front().end <= words; column.requests.pop_front()) {
    room_.push({std::max(time, column.requests.front().ready), column.requests.front().room});
  }
}

}  // namespace waferloom::burst
