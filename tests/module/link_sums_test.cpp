// SPDX-License-Identifier: Apache-2.0
// Sums over rectangles and lines, against what adding tile by tile gives.
#include "wafer/program/result/link_sums.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace waferloom {
namespace {

using core::Direction;
using core::index_of;
using trace::Axis;
using wafer::CellSums;
using wafer::LinkSamples;
using wafer::Range;
using wafer::TileResult;
using wafer::TileSums;
using wafer::WaferSums;

constexpr std::uint32_t kWidth = 7;
constexpr std::uint32_t kHeight = 5;

fabric::FabricParameters mesh() {
  fabric::FabricParameters mesh;
  mesh.width = kWidth;
  mesh.height = kHeight;
  return mesh;
}

TEST(TileSums, ARectangleAddsToItsTilesAlone) {
  TileSums sums(mesh());
  sums.sent({2, 1, 5, 2}, Direction::east, 3);  // up to the eastern edge
  sums.sent({2, 1, 1, 4}, Direction::south, 5);
  sums.delivered({0, 4, 3, 1}, 7);
  sums.injected({6, 0, 1, 5}, 11);
  sums.sent({3, 3, 0, 2}, Direction::west, 13);  // none
  EXPECT_EQ(10U * 3 + 4U * 5, sums.hops());
  EXPECT_EQ(3U * 7, sums.delivered());
  EXPECT_EQ(5U * 11, sums.injected());
  const std::vector<TileResult> tiles = sums.take();
  ASSERT_EQ(kWidth * kHeight, tiles.size());
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const TileResult& tile = tiles[y * kWidth + x];
      EXPECT_EQ(x >= 2 && (y == 1 || y == 2) ? 3U : 0U, tile.sent[index_of(Direction::east)]);
      EXPECT_EQ(x == 2 && y >= 1 ? 5U : 0U, tile.sent[index_of(Direction::south)]);
      EXPECT_EQ(x < 3 && y == 4 ? 7U : 0U, tile.received);
      EXPECT_EQ(tile.received, tile.sent[index_of(Direction::ramp)]);
      EXPECT_EQ(x == 6 ? 11U : 0U, tile.injected);
      EXPECT_EQ(0U, tile.sent[index_of(Direction::west)]);
    }
  }
}

TEST(TileSums, LinesAddInOnePlaceEach) {
  TileSums sums(mesh());
  // Rows 1, 2 and 4, in column 3; columns 0 and 6, in row 4; the rows again.
  const auto rows = sums.lines(Axis::x, 1, {{0, 2}, {3, 4}});
  sums.sent(rows.at(3), Direction::west, 2);
  const auto columns = sums.lines(Axis::y, 0, {{0, 1}, {6, 7}});
  sums.injected(columns.at(4), 9);
  sums.delivered(sums.lines(Axis::x, 1, {{0, 2}, {3, 4}}).at(6), 4);
  EXPECT_EQ(3U * 2, sums.hops());
  const std::vector<TileResult> tiles = sums.take();
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const TileResult& tile = tiles[y * kWidth + x];
      const bool on_rows = y == 1 || y == 2 || y == 4;
      EXPECT_EQ(x == 3 && on_rows ? 2U : 0U, tile.sent[index_of(Direction::west)]);
      EXPECT_EQ(x == 6 && on_rows ? 4U : 0U, tile.received);
      EXPECT_EQ((x == 0 || x == 6) && y == 4 ? 9U : 0U, tile.injected);
    }
  }
}

TEST(WaferSums, AreThoseOfAllTiles) {
  TileSums tiles(mesh());
  WaferSums all;
  const auto add = [](auto& sums) {
    sums.sent(core::Rectangle{2, 1, 5, 2}, Direction::east, 3);
    sums.sent(core::Rectangle{2, 1, 5, 2}, Direction::ramp, 100);
    sums.delivered(core::Rectangle{0, 4, 3, 1}, 7);
    sums.injected(core::Rectangle{6, 0, 1, 5}, 11);
    const auto rows = sums.lines(Axis::x, 1, {{0, 2}, {3, 4}});
    sums.sent(rows.at(3), Direction::west, 2);
    sums.delivered(rows.at(6), 4);
    sums.injected(rows.at(0), 9);
  };
  add(tiles);
  add(all);
  EXPECT_EQ(10U * 3 + 3U * 2, all.hops());
  EXPECT_EQ(tiles.hops(), all.hops());
  std::uint64_t received = 0;
  std::uint64_t injected = 0;
  for (const TileResult& tile : tiles.take()) {
    received += tile.received;
    injected += tile.injected;
  }
  EXPECT_EQ(received, all.delivered());
  EXPECT_EQ(injected, all.injected());
  EXPECT_TRUE(WaferSums::take().empty());
}

TEST(CellSums, CountTheTilesInTheArea) {
  LinkSamples grid;
  grid.area = {1, 1, 5, 4};  // columns 1, 2; 3, 4; 5; rows 1 to 3; 4
  grid.cell_width = 2;
  grid.cell_height = 3;
  CellSums sums(grid);
  sums.sent(core::Rectangle{0, 0, 4, 5}, Direction::east, 10);
  sums.sent(core::Rectangle{0, 0, 4, 5}, Direction::ramp, 100);  // no link between tiles
  const CellSums::Lines rows = sums.lines(Axis::x, 0, {{0, 2}, {3, 5}});
  sums.sent(rows.at(5), Direction::east, 1);
  sums.sent(rows.at(6), Direction::east, 1);  // outside
  const CellSums::Lines columns = sums.lines(Axis::y, 2, {{0, 2}});
  sums.sent(columns.at(4), Direction::north, 7);
  const std::size_t east = index_of(Direction::east);
  const std::size_t north = index_of(Direction::north);
  const std::vector<LinkSamples::Sent>& cells = sums.cells();
  ASSERT_EQ(6U, cells.size());
  // Of columns 1, 2 and 3 six and three tiles in the upper cells, two and one in the lower ones; of rows 1 and 3, and 4.
  EXPECT_EQ((std::vector<std::uint64_t>{60, 30, 2, 20, 10, 1}),
            (std::vector<std::uint64_t>{cells[0][east], cells[1][east], cells[2][east], cells[3][east],
                                        cells[4][east], cells[5][east]}));
  EXPECT_EQ((std::vector<std::uint64_t>{0, 0, 0, 7, 7, 0}),
            (std::vector<std::uint64_t>{cells[0][north], cells[1][north], cells[2][north], cells[3][north],
                                        cells[4][north], cells[5][north]}));
}

}  // namespace
}  // namespace waferloom
