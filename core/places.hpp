// SPDX-License-Identifier: Apache-2.0
// Places of a rectangle: their numbers, and which of them lies next to another.
#pragma once

#include <optional>

#include "core/direction.hpp"
#include "core/geometry.hpp"

namespace waferloom::core {

/// Places are numbered row by row.
[[nodiscard]] constexpr Coordinate place_at(const Rectangle& area, std::uint32_t index) {
  return {area.x + index % area.width, area.y + index / area.width};
}
[[nodiscard]] constexpr std::uint32_t number_of(const Rectangle& area, Coordinate at) {
  return (at.y - area.y) * area.width + (at.x - area.x);
}

/// The place next to `at` in a direction; none: it lies outside of `area`, or the direction is the ramp.
[[nodiscard]] constexpr std::optional<Coordinate> neighbour(Coordinate at, Direction towards,
                                                            const Rectangle& area) {
  Coordinate there = at;
  switch (towards) {
    case Direction::north:
      --there.y;
      break;
    case Direction::south:
      ++there.y;
      break;
    case Direction::west:
      --there.x;
      break;
    case Direction::east:
      ++there.x;
      break;
    case Direction::ramp:
      return std::nullopt;
  }
  // One less than 0 is beyond any area.
  if (!area.contains(there)) return std::nullopt;
  return there;
}

}  // namespace waferloom::core
