// SPDX-License-Identifier: Apache-2.0
// A number for each tile of a rectangle of the wafer, and its packed form for the report's page.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/geometry.hpp"

namespace waferloom::report {

class TileGrid {
 public:
  /// A tile without a number.
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  /// All tiles are without a number.
  explicit TileGrid(core::Rectangle area) : area_(area), values_(area.area(), kNone) {}

  [[nodiscard]] const core::Rectangle& area() const { return area_; }
  [[nodiscard]] std::uint64_t at(core::Coordinate tile) const { return values_[index_of(tile)]; }
  void set(core::Coordinate tile, std::uint64_t value) { values_[index_of(tile)] = value; }
  [[nodiscard]] const std::vector<std::uint64_t>& values() const { return values_; }

 private:
  [[nodiscard]] std::size_t index_of(core::Coordinate tile) const {
    return std::size_t{tile.y - area_.y} * area_.width + (tile.x - area_.x);
  }

  core::Rectangle area_;
  std::vector<std::uint64_t> values_;
};

/// The part of a grid that lies in `area`.
[[nodiscard]] TileGrid cut(TileGrid grid, core::Rectangle area);

/// Row by row, 0 for a tile without a number, else 1 + value / step rounded, in `bytes` bytes: first the lowest
/// bytes of all tiles, then the next ones. Deflated (zlib), in base 64.
struct PackedGrid {
  std::uint32_t bytes = 1;
  double step = 1;  ///< 1: the values are exact
  std::uint64_t most = 0;
  std::string data;
};

/// Above this number of tiles values are rounded to 1/65,534 of the largest where they need more than 16 bits.
inline constexpr std::uint64_t kExactTiles = 1U << 18U;

[[nodiscard]] PackedGrid pack(const TileGrid& grid);

}  // namespace waferloom::report
