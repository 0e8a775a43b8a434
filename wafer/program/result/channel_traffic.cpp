// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/channel_traffic.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

namespace waferloom::wafer {

void ChannelLog::carry(std::uint32_t channel, bool in, std::uint32_t record, core::Cycle start,
                       core::Cycle end, std::uint64_t words) {
  const auto is_meant = [&](const ChannelTraffic& span) {
    return span.channel == channel && span.in == in && span.record == record;
  };
  if (last_ >= spans_.size() || !is_meant(spans_[last_])) {
    const auto [place, added] = known_.try_emplace({channel, in, record}, spans_.size());
    if (added) spans_.push_back({record, channel, in, start, end, 0});
    last_ = place->second;
  }
  ChannelTraffic& span = spans_[last_];
  span.start = std::min(span.start, start);
  span.end = std::max(span.end, end);
  span.words += words;
}

void ChannelLog::archive(core::State& state) {
  state(spans_, last_);
  known_.clear();
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    known_.emplace(std::tuple(spans_[i].channel, spans_[i].in, spans_[i].record), i);
  }
}

std::vector<ChannelTraffic> by_channel(const std::vector<ChannelTraffic>& spans) {
  // A whole step's are many: each finds its channel's first, which are few, and in order but for some.
  std::uint32_t channels = 0;
  for (const ChannelTraffic& each : spans) channels = std::max(channels, each.channel + 1);
  const auto place_of = [&](const ChannelTraffic& each) { return (each.in ? 0 : channels) + each.channel; };
  std::vector<std::size_t> end(std::size_t{2} * channels + 1);
  for (const ChannelTraffic& each : spans) ++end[place_of(each) + 1];
  std::partial_sum(end.begin(), end.end(), end.begin());
  std::vector<ChannelTraffic> sorted(spans.size());
  for (const ChannelTraffic& each : spans) sorted[end[place_of(each)]++] = each;
  auto begin = sorted.begin();
  for (std::size_t place = 0; place + 1 < end.size(); ++place) {
    const auto last = sorted.begin() + static_cast<std::ptrdiff_t>(end[place]);
    std::sort(begin, last, [](const ChannelTraffic& a, const ChannelTraffic& b) {
      return std::pair(a.start, a.record) < std::pair(b.start, b.record);
    });
    begin = last;
  }
  return sorted;
}

std::vector<ChannelTraffic> some_channels(const std::vector<ChannelTraffic>& traffic, std::uint32_t most) {
  std::set<std::pair<bool, std::uint32_t>> chosen;
  for (const bool in : {true, false}) {
    std::set<std::uint32_t> used;
    for (const ChannelTraffic& each : traffic) {
      if (each.in == in) used.insert(each.channel);
    }
    const std::vector<std::uint32_t> channels(used.begin(), used.end());
    const std::size_t count = std::min<std::size_t>(most, channels.size());
    for (std::size_t i = 0; i < count; ++i) chosen.emplace(in, channels[i * channels.size() / count]);
  }
  std::vector<ChannelTraffic> some;
  std::copy_if(traffic.begin(), traffic.end(), std::back_inserter(some), [&](const ChannelTraffic& each) {
    return chosen.contains({each.in, each.channel});
  });
  return some;
}

}  // namespace waferloom::wafer
