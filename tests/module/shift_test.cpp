// SPDX-License-Identifier: Apache-2.0
// A shift on a line: what each tile receives is what its neighbour sends, in that order; what it keeps comes from
// `distance` tiles away. Also on lines that stand for longer ones.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/error.hpp"
#include "trace/quantities.hpp"
#include "trace/statistics.hpp"
#include "trace/validate.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/program/chain.hpp"
#include "wafer/program/result/link_counts.hpp"

namespace waferloom {
namespace {

using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;
using wafer::ChainPlace;
using wafer::Flow;

Record shift(std::uint32_t columns, std::uint32_t distance, Root root, std::uint32_t blocks = 1) {
  Record record;
  record.name = "message";
  record.operation = "message";
  record.kind = Kind::shift;
  record.area = {0, 0, columns, 3};
  record.axis = Axis::x;
  record.root = root;
  record.distance = distance;
  record.blocks = blocks;
  record.colors = {0, 1, 2, 3};
  record.elements = {1, 0, 10, 0};
  return record;
}

using Blocks = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // block, source

Blocks moved(const Record& record, std::uint64_t index, bool sent) {
  const ChainPlace place{index, record.area.width, {}, nullptr};
  const Flow flow = record.root == Root::last ? Flow::up : Flow::down;
  Blocks blocks;
  for (std::uint64_t step = 0; step < chain_steps(record, place, flow); ++step) {
    const wafer::ChainStep of = chain_step(record, place, flow, step);
    if (sent ? of.sends : of.receives) blocks.emplace_back(of.block, of.source);
  }
  return blocks;
}

TEST(Shift, EachTileTakesWhatItsNeighbourSends) {
  for (std::uint32_t columns = 2; columns < 9; ++columns) {
    for (std::uint32_t distance = 1; distance < columns; ++distance) {
      const Record up = shift(columns, distance, Root::last, 2);
      const Record down = shift(columns, distance, Root::first, 2);
      for (std::uint32_t i = 0; i + 1 < columns; ++i) {
        EXPECT_EQ(moved(up, i, true), moved(up, i + 1, false)) << columns << " " << distance << " " << i;
        EXPECT_EQ(moved(down, i + 1, true), moved(down, i, false)) << columns << " " << distance << " " << i;
      }
      EXPECT_TRUE(moved(up, columns - 1, true).empty());
      EXPECT_TRUE(moved(down, 0, true).empty());
    }
  }
}

TEST(Shift, KeepsWhatComesFromFarEnoughLast) {
  const Record record = shift(6, 2, Root::last);
  const ChainPlace place{3, 6, {}, nullptr};
  ASSERT_EQ(3U, chain_steps(record, place, Flow::up));  // its own, from 2, from 1
  EXPECT_EQ(0U, chain_steps(record, place, Flow::down));
  const wafer::ChainStep last = chain_step(record, place, Flow::up, 2);
  EXPECT_TRUE(last.receives);
  EXPECT_FALSE(last.sends);
  EXPECT_EQ(1U, last.source);
  EXPECT_EQ(0U, chain_progress(record, place, 2, 0));
  EXPECT_EQ(1U, chain_progress(record, place, 3, 0));
}

TEST(Shift, ItsWaveletsAreThoseOfItsSendersTimesTheDistance) {
  // 10 elements of each of the 4 columns of senders, over 3 rows, 2 hops each.
  EXPECT_EQ(4U * 10 * 2, trace::sent_wavelets(shift(6, 2, Root::last)));
  EXPECT_EQ(4U * 10 * 2 * 5, trace::sent_wavelets(shift(6, 2, Root::first, 5)));
  Record shared = shift(6, 2, Root::first);
  shared.elements = {1, 7, 10, 0};  // over the senders alone
  EXPECT_EQ((core::Rectangle{2, 0, 4, 3}), trace::sources(shared));
  EXPECT_EQ(7U * 10 * 2, trace::sent_wavelets(shared));
}

TEST(Shift, LinksCarryWhatComesByThem) {
  wafer::Hardware hardware;
  hardware.fabric.width = 8;
  hardware.fabric.height = 5;
  for (const Root root : {Root::first, Root::last}) {
    Record record = shift(6, 2, root);
    record.elements = {1, 7, 10, 0};
    const wafer::LinkCounts counts = count_links(hardware, {1, 1, 6, 3}, {record}, {{{}}, {0}});
    EXPECT_EQ(trace::sent_wavelets(record), counts.hops);
    std::uint64_t received = 0;
    std::uint64_t injected = 0;
    for (const wafer::TileResult& tile : counts.tiles) {
      received += tile.received;
      injected += tile.injected;
    }
    EXPECT_EQ(counts.hops, received);
    EXPECT_EQ(counts.hops, injected);
    const wafer::LinkCounts sums = sum_links(hardware, {1, 1, 6, 3}, {record}, {{{}}, {0}});
    EXPECT_EQ(counts.hops, sums.hops);
    EXPECT_EQ(received, sums.delivered);
    EXPECT_EQ(injected, sums.injected);
    EXPECT_EQ(counts.hops_of_group, sums.hops_of_group);
    EXPECT_TRUE(sums.tiles.empty());
  }
}

TEST(Shift, MovesAsMuchOnFewerTiles) {
  Record record = shift(64, 32, Root::last);
  record.area.height = 40;
  record.elements = {1, 0, 40, 0};  // one word of each tile
  const burst::CoarseTrace coarse = burst::coarsen({record}, {0, 0, 64, 40}, {16, 8, 0});
  const Record& few = coarse.records.front();
  ASSERT_LT(few.area.width, 64U);
  ASSERT_EQ(few.area.width, 2 * few.distance);
  std::uint64_t words = 0;  // of a line
  for (std::uint32_t i = 0; i < few.distance; ++i) words += trace::wavelets(few, i, 0, 0);
  EXPECT_EQ(32U, words);
}

void expect_refused(const Record& record, const char* what) {
  trace::Header header;
  header.columns = 8;
  header.rows = 8;
  trace::Validator validator(header);
  try {
    validator.add(record);
    ADD_FAILURE() << "taken: " << what;
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string::npos, std::string(error.what()).find(what)) << error.what();
  }
}

TEST(Shift, IsRefusedWhereItCannotRun) {
  expect_refused(shift(4, 0, Root::last), "distance: expected 1 to less than the line's 4 tiles, got 0");
  expect_refused(shift(4, 4, Root::last), "distance: expected 1 to less than the line's 4 tiles, got 4");
  expect_refused(shift(4, 1, Root::rotating), "root: expected first or last");
  Record pieces = shift(4, 1, Root::last);
  pieces.pieces = 2;
  expect_refused(pieces, "pieces: expected 1");
  Record other = shift(4, 1, Root::last);
  other.kind = Kind::broadcast;
  expect_refused(other, "distance: expected on records of kind shift, got 1");
}

}  // namespace
}  // namespace waferloom
