// SPDX-License-Identifier: Apache-2.0
// Where the I/O channels sit on an edge and which of a rectangle's columns (rows) each of them serves.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::fabric {

/// Position along the edge of channel `channel` of `channels`, evenly spaced over `length` tiles.
[[nodiscard]] std::uint32_t channel_position(std::uint32_t channel, std::uint32_t channels,
                                             std::uint32_t length);

struct ChannelSegment {
  std::uint32_t channel = 0;   ///< number on its edge
  std::uint32_t position = 0;  ///< tile along the edge
  std::uint32_t begin = 0;     ///< first column served, relative to the rectangle
  std::uint32_t count = 0;     ///< columns served
};

/// Each column of `[begin, begin + count)` on an edge of `length` tiles goes to the nearest channel (the
/// lower one on a tie). Channels that serve none are left out.
[[nodiscard]] std::vector<ChannelSegment> assign_columns(std::uint32_t begin, std::uint32_t count,
                                                         std::uint32_t channels, std::uint32_t length);

}  // namespace waferloom::fabric
