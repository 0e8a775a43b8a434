// SPDX-License-Identifier: Apache-2.0
// The five ports of a router: four neighbours and the ramp to the tile's own PE.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waferloom::core {

enum class Direction : std::uint8_t { north, south, west, east, ramp };

inline constexpr std::size_t kDirections = 5;
inline constexpr std::size_t kNeighbours = 4;

[[nodiscard]] constexpr std::size_t index_of(Direction d) { return static_cast<std::size_t>(d); }

/// The port at which a wavelet sent towards `d` arrives; the ramp is its own opposite.
[[nodiscard]] constexpr Direction opposite(Direction d) {
  constexpr std::array<Direction, kDirections> table{Direction::south, Direction::north, Direction::east,
                                                     Direction::west, Direction::ramp};
  return table[index_of(d)];
}

[[nodiscard]] constexpr std::string_view name_of(Direction d) {
  constexpr std::array<std::string_view, kDirections> names{"north", "south", "west", "east", "ramp"};
  return names[index_of(d)];
}

/// A set of ports, one bit each.
class DirectionSet {
 public:
  constexpr DirectionSet() = default;
  constexpr DirectionSet(std::initializer_list<Direction> directions) {
    for (Direction d : directions) add(d);
  }
  static constexpr DirectionSet from_bits(std::uint8_t bits) {
    DirectionSet s;
    s.bits_ = bits;
    return s;
  }
  constexpr void add(Direction d) { bits_ = static_cast<std::uint8_t>(bits_ | (1U << index_of(d))); }
  constexpr void remove(Direction d) { bits_ = static_cast<std::uint8_t>(bits_ & ~(1U << index_of(d))); }
  [[nodiscard]] constexpr bool has(Direction d) const { return ((bits_ >> index_of(d)) & 1U) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
  friend constexpr bool operator==(DirectionSet, DirectionSet) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace waferloom::core
