// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/channel_traffic.hpp"

#include <algorithm>
#include <iterator>
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

std::vector<ChannelTraffic> ChannelLog::results() const {
  std::vector<ChannelTraffic> sorted = spans_;
  std::sort(sorted.begin(), sorted.end(), [](const ChannelTraffic& a, const ChannelTraffic& b) {
    return std::tuple(!a.in, a.channel, a.start, a.record) < std::tuple(!b.in, b.channel, b.start, b.record);
  });
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
