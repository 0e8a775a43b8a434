// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/drains.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "trace/quantities.hpp"

namespace waferloom::burst {

namespace {

/// Less than this of a word is the rounding of rates.
constexpr double kWordFraction = 1e-6;

}  // namespace

Drains::Drains(const ColumnLayout& layout, const CoarseTrace& coarse)
    : layout_(layout),
      coarse_(coarse),
      columns_(layout.columns.size()),
      channels_(layout.channels.size()),
      outstanding_(coarse.records.size()),
      written_(coarse.records.size()) {
  for (const trace::Record& record : coarse.records) {
    if (record.kind != trace::Kind::stream_out) continue;
    for (std::uint32_t i = 0; i < record.area.width; ++i) {
      const std::uint64_t words = trace::wavelets_of_blocks(record, i, 0);
      if (words == 0) continue;
      columns_[record.area.x + i].expected.push_back({record.id, words});
      outstanding_[record.id] += words;
    }
  }
}

double Drains::rate(std::uint32_t number) const {
  const ColumnLayout::Channel& channel = layout_.channels[number];
  const auto active = std::count_if(channel.columns.begin(), channel.columns.end(),
                                    [&](std::uint32_t c) { return columns_[c].leaving > 0; });
  return std::min(channel.rate / static_cast<double>(std::max<std::ptrdiff_t>(active, 1)), layout_.out_rate) /
         static_cast<double>(kTicksPerCycle);
}

void Drains::update(std::uint32_t number, Ticks now) {
  Channel& channel = channels_[number];
  const double gone = rate(number) * static_cast<double>(now - channel.updated);
  channel.updated = now;
  for (const std::uint32_t c : layout_.channels[number].columns) {
    Column& column = columns_[c];
    if (column.leaving <= 0) continue;
    column.leaving -= gone;
    if (column.leaving < kWordFraction) column.leaving = 0;
  }
}

void Drains::set_alarm(std::uint32_t number, Ticks now) {
  Channel& channel = channels_[number];
  double least = std::numeric_limits<double>::max();
  for (const std::uint32_t c : layout_.channels[number].columns) {
    if (columns_[c].leaving > 0) least = std::min(least, columns_[c].leaving);
  }
  if (least == std::numeric_limits<double>::max()) return;
  const Ticks time = now + std::max<Ticks>(static_cast<Ticks>(std::ceil(least / rate(number))), 1);
  if (channel.alarm <= time && channel.alarm > now) return;
  channel.alarm = time;
  listener_->at(time, [this, number, time] { advance(number, time); });
}

void Drains::advance(std::uint32_t number, Ticks now) {
  Channel& channel = channels_[number];
  if (channel.alarm <= now) channel.alarm = kNever;
  update(number, now);
  for (const std::uint32_t c : layout_.channels[number].columns) listener_->results_moved(c);
  set_alarm(number, now);
}

void Drains::begin(std::uint32_t c, std::uint64_t words, Ticks now) {
  Column& column = columns_[c];
  update(channel_of(c), now);
  column.leaving += static_cast<double>(words);
  if (!column.expected.empty()) carry(column.carried, column.expected.front().record, now, now);
  set_alarm(channel_of(c), now);
}

Ticks Drains::time(std::uint32_t c, std::uint64_t but, Ticks now) const {
  const Column& column = columns_[c];
  const double each = rate(channel_of(c));
  const double left = column.leaving - each * static_cast<double>(now - channels_[channel_of(c)].updated) -
                      static_cast<double>(layout_.columns[c].ahead + but);
  return left <= 0 ? now : now + static_cast<Ticks>(std::ceil(left / each));
}

Ticks Drains::gone(std::uint32_t c, Ticks now) const {
  // Columns take turns: each has sent as much as this one when its words are gone, or all it has.
  const ColumnLayout::Channel& channel = layout_.channels[channel_of(c)];
  const double own = columns_[c].leaving;
  double all = 0;
  for (const std::uint32_t other : channel.columns) all += std::min(columns_[other].leaving, own);
  const double cycles = std::max(all / channel.rate, own / layout_.out_rate);
  return now + static_cast<Ticks>(cycles * static_cast<double>(kTicksPerCycle));
}

Ticks Drains::write(double words, Ticks left) {
  const auto time = [&](double n) { return ticks(n / layout_.host_rate); };
  const auto request = static_cast<double>(layout_.request_words);
  host_busy_ = std::max(host_busy_ + time(words), left + time(std::min(words, request)));
  return host_busy_;
}

void Drains::end(std::uint32_t c, std::uint64_t words, Ticks now) {
  Column& column = columns_[c];
  update(channel_of(c), now);
  while (words != 0 && !column.expected.empty()) {
    Expected& front = column.expected.front();
    const std::uint64_t part = std::min(words, front.words);
    words -= part;
    front.words -= part;
    outstanding_[front.record] -= part;
    // What still waits in the queues leaves at the column's share of the channel.
    const Ticks left = gone(c, now);
    carry(column.carried, front.record, now, left);
    Ticks& last = written_[front.record];
    last = std::max(last, write(static_cast<double>(part) * coarse_.scales[front.record].host_words, left));
    if (outstanding_[front.record] == 0) listener_->drained(front.record, last + layout_.latency);
    if (front.words == 0) column.expected.pop_front();
  }
}

}  // namespace waferloom::burst
