// SPDX-License-Identifier: Apache-2.0
#include "fabric/io_plan.hpp"

namespace waferloom::fabric {

std::uint32_t channel_position(std::uint32_t channel, std::uint32_t channels, std::uint32_t length) {
  return static_cast<std::uint32_t>((2 * std::uint64_t{channel} + 1) * length /
                                    (2 * std::uint64_t{channels}));
}

std::vector<ChannelSegment> assign_columns(std::uint32_t begin, std::uint32_t count, std::uint32_t channels,
                                           std::uint32_t length) {
  std::vector<ChannelSegment> segments;
  std::uint32_t channel = 0;
  const auto distance = [&](std::uint32_t c, std::uint32_t x) {
    const std::uint32_t p = channel_position(c, channels, length);
    return p > x ? p - x : x - p;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t x = begin + i;
    while (channel + 1 < channels && distance(channel + 1, x) < distance(channel, x)) ++channel;
    if (segments.empty() || segments.back().channel != channel) {
      segments.push_back({channel, channel_position(channel, channels, length), i, 0});
    }
    ++segments.back().count;
  }
  return segments;
}

}  // namespace waferloom::fabric
