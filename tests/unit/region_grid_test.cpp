// SPDX-License-Identifier: Apache-2.0
#include "core/region_grid.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace waferloom::core {
namespace {

TEST(RegionGrid, CoversEachTileOnce) {
  SimulationParameters simulation;
  simulation.region_width = 3;
  const RegionGrid grid(simulation, 2, 4, 7, 9);  // 3 x 4 tiles, the last column and row are smaller
  ASSERT_EQ(grid.size(), 9U);
  EXPECT_EQ(grid.area(8), (Rectangle{6, 8, 1, 1}));
  for (std::uint32_t y = 0; y < 9; ++y) {
    for (std::uint32_t x = 0; x < 7; ++x) {
      for (std::size_t region = 0; region < grid.size(); ++region) {
        EXPECT_EQ(grid.area(region).contains(Coordinate{x, y}), region == grid.region_at({x, y}));
      }
    }
  }
}

TEST(RegionGrid, AMeshSmallerThanAReticleIsOneRegion) {
  const RegionGrid grid({}, 100, 100, 7, 9);
  EXPECT_EQ(grid.size(), 1U);
  EXPECT_EQ(grid.area(0), (Rectangle{0, 0, 7, 9}));
}

/// Notes what its port is bound to.
struct Node {
  struct Port {
    std::string to;
    void operator()(const Node& other) { to = other.name; }
  };
  std::string name;
  std::array<Port, kNeighbours> links{};
};

TEST(RegionGrid, JoinsEachRegionWithItsNeighbours) {
  const RegionGrid grid({}, 1, 1, 3, 2);
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::size_t i = 0; i < grid.size(); ++i)
    nodes.push_back(std::make_unique<Node>(Node{std::to_string(i)}));
  grid.join(nodes);
  const auto to = [&](std::size_t node, Direction direction) {
    return nodes[node]->links[index_of(direction)].to;
  };
  EXPECT_EQ(
      to(1, Direction::west) + to(1, Direction::east) + to(1, Direction::south) + to(1, Direction::north),
      "024");
  EXPECT_EQ(
      to(5, Direction::west) + to(5, Direction::east) + to(5, Direction::south) + to(5, Direction::north),
      "42");
  EXPECT_EQ(to(3, Direction::west), "");
}

}  // namespace
}  // namespace waferloom::core
