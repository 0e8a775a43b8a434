// SPDX-License-Identifier: Apache-2.0
// How a mesh is cut into the regions that one process each simulates: rectangles of equal size, those at the right and
// lower edge may be smaller. Regions are numbered row by row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "core/simulation_parameters.hpp"

namespace waferloom::core {

class RegionGrid {
 public:
  /// `reticle_width`, `reticle_height`: the regions' size unless `simulation` chooses another, tiles.
  RegionGrid(const SimulationParameters& simulation, std::uint32_t reticle_width,
             std::uint32_t reticle_height, std::uint32_t mesh_width, std::uint32_t mesh_height)
      : mesh_width_(mesh_width),
        mesh_height_(mesh_height),
        width_(std::min(simulation.region_width != 0 ? simulation.region_width : reticle_width, mesh_width)),
        height_(
            std::min(simulation.region_height != 0 ? simulation.region_height : reticle_height, mesh_height)),
        columns_((mesh_width + width_ - 1) / width_) {}

  [[nodiscard]] std::size_t size() const {
    return std::size_t{columns_} * ((mesh_height_ + height_ - 1) / height_);
  }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] std::size_t column(std::size_t region) const { return region % columns_; }
  [[nodiscard]] std::size_t row(std::size_t region) const { return region / columns_; }
  /// The region of a tile.
  [[nodiscard]] std::size_t region_at(Coordinate at) const {
    return std::size_t{at.y / height_} * columns_ + at.x / width_;
  }
  [[nodiscard]] Rectangle area(std::size_t region) const {
    const auto x = static_cast<std::uint32_t>(column(region)) * width_;
    const auto y = static_cast<std::uint32_t>(row(region)) * height_;
    return {x, y, std::min(width_, mesh_width_ - x), std::min(height_, mesh_height_ - y)};
  }

  /// Calls `act(region, direction, neighbour)` for each neighbour of each region.
  template <class Act>
  void for_each_link(const Act& act) const {
    for (std::size_t i = 0; i < size(); ++i) {
      if (i >= columns_) act(i, Direction::north, i - columns_);
      if (i + columns_ < size()) act(i, Direction::south, i + columns_);
      if (column(i) != 0) act(i, Direction::west, i - 1);
      if (column(i + 1) != 0) act(i, Direction::east, i + 1);
    }
  }

  /// Binds the port that each region has in `links` for each direction to its neighbour there.
  template <class Regions>
  void join(const Regions& regions) const {
    for_each_link([&](std::size_t region, Direction direction, std::size_t beyond) {
      regions[region]->links[index_of(direction)](*regions[beyond]);
    });
  }

 private:
  std::uint32_t mesh_width_;
  std::uint32_t mesh_height_;
  std::uint32_t width_;
  std::uint32_t height_;
  std::uint32_t columns_;
};

}  // namespace waferloom::core
