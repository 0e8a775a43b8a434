// SPDX-License-Identifier: Apache-2.0
// Parts of fidelity burst by themselves: the coarse grid, and shares of overlapping work.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

#include "tests/support/small_trace.hpp"
#include "wafer/burst/engine/channel_reader.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/followers.hpp"
#include "wafer/burst/engine/next_visits.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/burst/fifo.hpp"
#include "wafer/burst/overlap.hpp"
#include "wafer/program/result/even_work.hpp"

namespace waferloom {
namespace {

trace::Record compute_on(std::uint32_t id, core::Rectangle area) {
  trace::Record record;
  record.id = id;
  record.kind = trace::Kind::compute;
  record.area = area;
  record.blocks = 1000;
  record.macs = {1, 1'000'003, 7'001, 5'000};
  return record;
}

class Lanes : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(Lanes, ShareNoTileOfTheGrid) {
  const std::uint32_t lanes = GetParam();
  const std::uint32_t width = 61;
  std::vector<trace::Record> records;
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    records.push_back(compute_on(lane, {lane * width, 0, width, 900}));
  }
  const burst::CoarseTrace coarse = burst::coarsen(records, {0, 0, lanes * width, 900}, {8, 96});
  std::uint32_t end = 0;
  for (const trace::Record& record : coarse.records) {
    EXPECT_EQ(end, record.area.x);
    // Few of wide rectangles' lanes.
    EXPECT_EQ(record.area.width, lanes * width >= 256 ? 4U : lanes == 2 ? 12U : 8U);
    EXPECT_EQ(8U, record.area.height);
    end += record.area.width;
  }
  EXPECT_EQ(coarse.program.width, end);
  EXPECT_EQ(4U, burst::coarsen(records, {0, 0, lanes * width, 900}, {8, 96, 4}).program.height);
}
INSTANTIATE_TEST_SUITE_P(Burst, Lanes, ::testing::Values(1, 2, 3, 4, 5, 8, 11, 12));

TEST(CoarseTrace, ATileHasTheLargestShareOfThoseItStandsFor) {
  const trace::Record record = compute_on(0, {0, 0, 700, 900});
  const burst::CoarseTrace coarse = burst::coarsen({record}, {0, 0, 700, 900}, {8, 96});
  const trace::Record& small = coarse.records.front();
  std::uint64_t most = 0;
  for (std::uint32_t x = 0; x < 700; ++x) {
    for (std::uint32_t y = 0; y < 900; ++y) {
      most = std::max(most, core::share(record.macs.x, 700, x) * core::share(record.macs.y, 900, y));
    }
  }
  EXPECT_EQ(most, core::share(small.macs.x, 8, 3) * core::share(small.macs.y, 8, 5));
  EXPECT_EQ(96U, small.blocks);
  EXPECT_EQ(record.macs.block, small.macs.block);
  EXPECT_DOUBLE_EQ(1000.0 / 96, coarse.scales.front().blocks);
  EXPECT_DOUBLE_EQ(699.0 / 7, coarse.scales.front().hops);
}

TEST(CoarseTrace, FewRowsStandForManyOnly) {
  const auto rows = [](std::uint32_t height, std::uint32_t area_height) {
    const core::Rectangle program{0, 0, 700, height};
    return burst::coarsen({compute_on(0, {0, 0, 700, area_height})}, program, {16, 96, 4}).program.height;
  };
  EXPECT_EQ(4U, rows(900, 900));
  EXPECT_EQ(4U, rows(256, 256));
  EXPECT_EQ(8U, rows(64, 64));  // an all-gather would be 7 % too fast on 4
  EXPECT_EQ(8U, rows(32, 32));
  EXPECT_EQ(8U, rows(900, 450));  // areas lie above each other
  EXPECT_EQ(3U, rows(3, 3));
}

TEST(CoarseTrace, BlocksAreAsManyForAColumnHoweverManyThereAre) {
  const auto blocks = [](std::uint32_t tiles, std::uint32_t limit) {
    trace::Record record = compute_on(0, {0, 0, 700, 900});
    record.blocks = 5000;
    return burst::coarsen({record}, {0, 0, 700, 900}, {tiles, limit, 4}).records.front().blocks;
  };
  EXPECT_EQ(96U, blocks(16, 96));
  EXPECT_EQ(192U, blocks(32, 96));
  EXPECT_EQ(4200U, blocks(0, 96));
  EXPECT_EQ(48U, blocks(8, 48));
  // More for a column of a coarse grid are shorter than the turns of those that it stands for.
  EXPECT_EQ(80U, blocks(4, 96));
  EXPECT_EQ(320U, blocks(16, 384));
  EXPECT_EQ(320U, blocks(16, 0));
  EXPECT_EQ(5000U, blocks(0, 0));
}

TEST(CoarseTrace, BlocksAreThoseOfALanesColumns) {
  std::vector<trace::Record> records;
  for (std::uint32_t lane = 0; lane < 5; ++lane)
    records.push_back(compute_on(lane, {lane * 150, 0, 150, 900}));
  const auto blocks = [&](std::uint32_t tiles) {
    return burst::coarsen(records, {0, 0, 750, 900}, {tiles, 96, 4}).records.front().blocks;
  };
  EXPECT_EQ(80U, blocks(16));  // on 4 columns a lane
  EXPECT_EQ(80U, blocks(40));  // on 8
  EXPECT_EQ(80U, blocks(80));  // on 16, of which a row's blocks are a multiple
}

TEST(CoarseTrace, WithinTheLimitsNothingChanges) {
  trace::Record record = compute_on(0, {1, 2, 7, 6});
  record.blocks = 90;
  const burst::CoarseTrace coarse = burst::coarsen({record}, {0, 0, 8, 8}, {8, 96});
  EXPECT_EQ(record, coarse.records.front());
  EXPECT_DOUBLE_EQ(1, coarse.scales.front().hops);
}

TEST(CoarseTrace, BuffersStillBoundWhatIsMerged) {
  std::vector<trace::Record> records{compute_on(0, {0, 0, 8, 8}), compute_on(1, {0, 0, 8, 8})};
  for (trace::Record& record : records) record.blocks = 1000;
  records[0].after = {{1, 100}};
  records[1].after = {{0, 0}};
  const burst::CoarseTrace coarse = burst::coarsen(records, {0, 0, 8, 8}, {8, 96});
  EXPECT_EQ(coarse.records[0].blocks, 104U);
  EXPECT_EQ(coarse.records[1].blocks, 104U);
  records[0].after = {{1, 2}};
  EXPECT_EQ(burst::coarsen(records, {0, 0, 8, 8}, {8, 96}).records[0].blocks, 96U);
}

TEST(CoarseLine, ItsEndsOwnWhatSingleTilesDo) {
  trace::Record record;
  record.kind = trace::Kind::reduce;
  record.root = trace::Root::rotating;
  record.blocks = 64;
  const auto steps = [&](std::uint64_t index, wafer::Flow flow) {
    return wafer::chain_steps(record, {index, 8, {64, 64}}, flow);
  };
  // As on a line of 64 tiles: block b belongs to tile b, so that the first tile sends all but its own up.
  EXPECT_EQ(63U, steps(0, wafer::Flow::up));
  EXPECT_EQ(1U, steps(0, wafer::Flow::down));
  EXPECT_EQ(63U, steps(7, wafer::Flow::down));
  EXPECT_EQ(1U, steps(7, wafer::Flow::up));
  std::uint64_t tiles = 0;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const wafer::ChainPlace place{index, 8, {64, 64}};
    const std::uint64_t own =
        wafer::first_block_of(index + 1, place, 64) - wafer::first_block_of(index, place, 64);
    EXPECT_EQ(static_cast<double>(own), wafer::tiles_at(place));
    tiles += own;
  }
  EXPECT_EQ(64U, tiles);
}

/// Blocks that a flow takes through each tile of a line, as roots say that it has to.
void expect_blocks_of_roots(const trace::Record& record, std::uint64_t length, wafer::LineScale whole) {
  const std::uint64_t last = length - 1;
  std::vector<std::uint64_t> owned(length);
  std::vector<std::uint64_t> root_of(record.blocks);
  for (std::uint64_t index = 0; index < length; ++index) {
    for (const wafer::Flow flow : {wafer::Flow::up, wafer::Flow::down}) {
      const wafer::ChainPlace place{index, length, whole};
      for (std::uint64_t i = 0; i < wafer::chain_steps(record, place, flow); ++i) {
        const wafer::ChainStep step = wafer::chain_step(record, place, flow, i);
        if (step.own) root_of[step.block] = index;
      }
    }
  }
  for (const std::uint64_t root : root_of) ++owned[root];
  for (std::uint64_t index = 0; index < length; ++index) {
    for (const bool up : {true, false}) {
      const wafer::Flow flow = up ? wafer::Flow::up : wafer::Flow::down;
      const wafer::ChainPlace place{index, length, whole};
      std::vector<std::uint64_t> blocks;
      for (std::uint64_t block = 0; block < record.blocks; ++block) {
        const std::uint64_t root = root_of[block];
        const bool ends_here = root == index && (up ? index > 0 : index < last);
        if (up ? root > index || ends_here : root < index || ends_here) blocks.push_back(block);
      }
      ASSERT_EQ(blocks.size(), wafer::chain_steps(record, place, flow)) << index << up;
      for (std::uint64_t i = 0; i < blocks.size(); ++i) {
        const wafer::ChainStep step = wafer::chain_step(record, place, flow, i);
        EXPECT_EQ(blocks[i], step.block);
        EXPECT_EQ(root_of[step.block] != index, step.sends);
        const std::uint64_t other =
            wafer::chain_steps(record, place, up ? wafer::Flow::down : wafer::Flow::up);
        EXPECT_EQ(step.block, up ? wafer::chain_progress(record, place, i, other)
                                 : wafer::chain_progress(record, place, other, i));
      }
    }
  }
  const auto [least, most] = std::minmax_element(owned.begin(), owned.end());
  if (whole.tiles == 0) {
    EXPECT_LE(*most, *least + 1);
  }
}

TEST(ChainLine, BlocksComeToAlternatingRootsOneAfterTheOther) {
  trace::Record record;
  record.kind = trace::Kind::reduce;
  record.root = trace::Root::alternating;
  for (const std::uint32_t blocks : {1U, 5U, 6U, 7U, 12U, 17U, 18U}) {
    record.blocks = blocks;
    for (const std::uint64_t length : {2U, 3U, 6U, 7U}) expect_blocks_of_roots(record, length, {});
    // Of a longer line the ends stand for one tile each, and own next to nothing.
    expect_blocks_of_roots(record, 6, {60, 10 * blocks});
  }
  record.blocks = 7;
  std::vector<std::uint64_t> own;
  const wafer::ChainPlace middle{1, 3, {}};
  for (std::uint64_t i = 0; i < wafer::chain_steps(record, middle, wafer::Flow::up); ++i) {
    const wafer::ChainStep step = wafer::chain_step(record, middle, wafer::Flow::up, i);
    if (step.own) own.push_back(step.block);
  }
  EXPECT_EQ((std::vector<std::uint64_t>{1, 4}), own);
  record.root = trace::Root::rotating;
  record.blocks = 9;
  expect_blocks_of_roots(record, 4, {});
}

TEST(CoarseLine, FlowsPassEachOtherOnlyBeyondTheirRoots) {
  trace::Record record;
  record.kind = trace::Kind::reduce;
  record.root = trace::Root::rotating;
  record.blocks = 64;
  const wafer::ChainPlace place{3, 8, {64, 64}};
  EXPECT_EQ(wafer::turn_of(record, place, 20) + 1, wafer::turn_of(record, place, 21));
  record.kind = trace::Kind::broadcast;
  EXPECT_EQ(wafer::turn_of(record, place, 20) - 1, wafer::turn_of(record, place, 21));
  record.kind = trace::Kind::all_gather;
  EXPECT_EQ(wafer::turn_of(record, place, 20), wafer::turn_of(record, place, 21));
}

TEST(ChannelReader, ColumnsTakeTurnsAndWaitForRoom) {
  trace::Record stream;
  stream.kind = trace::Kind::stream_in;
  stream.area = {0, 0, 2, 1};
  stream.elements = {300, 0, 0, 0};
  const burst::CoarseTrace coarse{{0, 0, 2, 1}, 1, {0, 1}, {0}, {stream}, {{}}};
  const std::vector<std::uint32_t> streams{0};
  // A word a cycle, requests of 100 words, room for two of each of the columns.
  burst::HostQueue queue;
  burst::ChannelReader reader({{1, 1}, {}, 400, 100, 50 * burst::kTicksPerCycle}, queue, coarse, streams);
  reader.add({0, 1, 0});
  reader.add({1, 1, 0});
  const auto opening = [](std::uint32_t) { return burst::Ticks{0}; };
  ASSERT_TRUE(reader.ask(1, 200, opening, 0));
  EXPECT_EQ(150 * burst::kTicksPerCycle, reader.request_of(0, 99).ready);
  EXPECT_EQ(250 * burst::kTicksPerCycle, reader.request_of(1, 0).ready);
  EXPECT_EQ(350 * burst::kTicksPerCycle, reader.request_of(0, 100).ready);
  EXPECT_EQ(450 * burst::kTicksPerCycle, reader.request_of(1, 199).ready);
  EXPECT_FALSE(reader.ask(0, 201, opening, 0));
  reader.entered(0, 100, 1000 * burst::kTicksPerCycle);
  // Until then another column may give room earlier.
  const burst::Ticks entered = 1000 * burst::kTicksPerCycle;
  EXPECT_FALSE(reader.ask(0, 201, opening, entered - 1));
  EXPECT_EQ(entered, reader.ask_again());
  ASSERT_TRUE(reader.ask(0, 201, opening, entered));
  EXPECT_EQ(1150 * burst::kTicksPerCycle, reader.request_of(0, 200).ready);
  EXPECT_FALSE(reader.ask(1, 201, opening, 0));
}

TEST(ChannelReader, ChannelsOfOneQueueAreServedAsTheyAsk) {
  trace::Record stream;
  stream.kind = trace::Kind::stream_in;
  stream.area = {0, 0, 2, 1};
  stream.elements = {600, 0, 0, 0};
  const burst::CoarseTrace coarse{{0, 0, 2, 1}, 1, {0, 1}, {0}, {stream}, {{}}};
  const std::vector<std::uint32_t> streams{0};
  burst::HostQueue queue{true, 0};
  // Channels of a column each. The host sends two words a cycle, and each channel's buffer holds two requests.
  const burst::ChannelReader::Limits limits{{1, 2}, {}, 200, 100, 0};
  burst::ChannelReader first(limits, queue, coarse, streams);
  burst::ChannelReader second(limits, queue, coarse, streams);
  first.add({0, 1, 0});
  second.add({1, 1, 0});
  const auto opening = [](std::uint32_t) { return burst::Ticks{0}; };
  const auto cycles = [](burst::Ticks n) { return n * burst::kTicksPerCycle; };
  // All that there is room for, in turn, whether or not anybody wants it.
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(first.ask_ahead(opening, 0));
    EXPECT_TRUE(second.ask_ahead(opening, 0));
  }
  EXPECT_FALSE(first.ask_ahead(opening, 0));
  EXPECT_EQ(cycles(50), first.request_of(0, 0).ready);
  EXPECT_EQ(cycles(100), second.request_of(1, 0).ready);
  EXPECT_EQ(cycles(150), first.request_of(0, 100).ready);
  EXPECT_EQ(cycles(200), second.request_of(1, 100).ready);
  // Room that comes about later is asked for then, and what was asked for before comes before.
  first.entered(0, 100, cycles(500));
  second.entered(1, 100, cycles(490));
  EXPECT_FALSE(first.ask_ahead(opening, cycles(480)));
  EXPECT_EQ(cycles(500), first.ask_again());
  EXPECT_FALSE(second.ask(1, 201, opening, cycles(480)));
  EXPECT_EQ(cycles(490), second.ask_again());
  EXPECT_TRUE(second.ask(1, 201, opening, cycles(490)));
  EXPECT_TRUE(first.ask_ahead(opening, cycles(500)));
  EXPECT_EQ(cycles(540), second.request_of(1, 200).ready);
  EXPECT_EQ(cycles(590), first.request_of(0, 200).ready);
}

using wafer::Share;

constexpr core::Rectangle kTiles{0, 0, 4, 8};

TEST(Overlap, AllWorkOfAGroupsTimeCounts) {
  std::vector<wafer::GroupResult> groups(3);
  groups[0].start = 0;
  groups[0].end = 1000;
  groups[0].shares[Share::arithmetic] = 0.4;
  groups[0].shares[Share::io_in] = 0.8;
  groups[1].start = 500;
  groups[1].end = 1500;
  groups[1].shares[Share::arithmetic] = 0.4;
  groups[1].shares[Share::io_in] = 0.6;
  groups[2].start = 2000;
  groups[2].end = 3000;
  groups[2].shares[Share::row_link] = 0.7;
  burst::share_overlaps(groups, std::vector<core::Rectangle>(groups.size(), kTiles));
  EXPECT_NEAR(0.6, groups[0].shares[Share::arithmetic], 1e-12);
  EXPECT_DOUBLE_EQ(1, groups[0].shares[Share::io_in]) << "at most all of it";
  EXPECT_NEAR(0.6, groups[1].shares[Share::arithmetic], 1e-12);
  EXPECT_NEAR(1.0, groups[1].shares[Share::io_in], 1e-12);
  EXPECT_EQ(wafer::Bound::io, groups[0].bound);
  EXPECT_NEAR(0.0, groups[2].shares[Share::arithmetic], 1e-12);
  EXPECT_NEAR(0.7, groups[2].shares[Share::row_link], 1e-12);
  EXPECT_EQ(wafer::Bound::rows, groups[2].bound);
}

TEST(Overlap, LinksOfOtherTilesAreOthers) {
  std::vector<wafer::GroupResult> groups(2);
  for (wafer::GroupResult& group : groups) {
    group.end = 100;
    group.shares[Share::arithmetic] = 0.3;
    group.shares[Share::column_link] = 0.4;
  }
  std::vector<wafer::GroupResult> together = groups;
  burst::share_overlaps(groups, {kTiles, {4, 0, 4, 8}});
  burst::share_overlaps(together, {kTiles, kTiles});
  EXPECT_NEAR(0.6, groups[0].shares[Share::arithmetic], 1e-12);
  EXPECT_NEAR(0.4, groups[0].shares[Share::column_link], 1e-12);
  EXPECT_NEAR(0.8, together[0].shares[Share::column_link], 1e-12);
}

using Bounds = std::vector<wafer::Bound>;

TEST(Bounds, WhatWeighsAboutAsMuchIsATie) {
  wafer::Shares shares;
  shares[Share::io_in] = 0.9;
  shares[Share::column_link] = 0.82;
  shares[Share::arithmetic] = 0.7;
  EXPECT_EQ(wafer::Bound::io, wafer::bound_of(shares));
  EXPECT_EQ(Bounds{wafer::Bound::columns}, wafer::ties_of(shares, 0));
  shares[Share::arithmetic] = 0.88;
  EXPECT_EQ((Bounds{wafer::Bound::compute, wafer::Bound::columns}), wafer::ties_of(shares, 0));
  shares[Share::column_link] = 0.5;
  shares[Share::arithmetic] = 0.3;
  EXPECT_EQ(Bounds{}, wafer::ties_of(shares, 0));
}

TEST(Bounds, OfAPesWorkTheLargestPartsAreATie) {
  wafer::Shares shares;
  shares[Share::arithmetic] = 0.4;
  shares[Share::sram] = 0.38;
  EXPECT_EQ(wafer::Bound::compute, wafer::bound_of(shares));
  EXPECT_EQ(Bounds{wafer::Bound::sram}, wafer::ties_of(shares, 0));
  shares[Share::sram] = 0.2;
  EXPECT_EQ(Bounds{}, wafer::ties_of(shares, 0));
  EXPECT_EQ(Bounds{wafer::Bound::sram}, wafer::ties_of(shares, 0.9)) << "arithmetic waits for SRAM as long";
  shares[Share::arithmetic] = 0.2;
  EXPECT_EQ(wafer::Bound::bubble, wafer::bound_of(shares));
  EXPECT_EQ(Bounds{}, wafer::ties_of(shares, 0.9)) << "where nothing bounds nothing ties";
}

TEST(Bounds, WorkIsEvenWhereArithmeticAndSramTakeAboutAsLong) {
  std::vector<trace::Record> records = test::linear_trace({});
  trace::Record& axpy = records[1];
  const auto even = [&](std::uint64_t macs, std::uint64_t read_bytes) {
    axpy.macs.scale = macs;
    axpy.read_bytes = axpy.macs;
    axpy.read_bytes.scale = read_bytes;
    return wafer::even_work({}, records, wafer::group_records(records)).front();
  };
  // With each weight's wavelet come 2 tokens: 16 multiply-accumulates at 4 a cycle, and reads at 16 B/cycle.
  EXPECT_EQ(0, even(8, 8));
  EXPECT_EQ(1, even(8, 32));
  EXPECT_EQ(0, even(8, 64));
  EXPECT_EQ(0, even(1, 1)) << "a wavelet takes a cycle in any case";
}

TEST(Overlap, BelowHalfNothingBoundsAGroup) {
  std::vector<wafer::GroupResult> groups(1);
  groups[0].end = 10;
  groups[0].shares = {{0.2, 0.1, 0.1}};
  groups[0].shares[Share::column_link] = 0.49;
  burst::share_overlaps(groups, {kTiles});
  EXPECT_EQ(wafer::Bound::bubble, groups[0].bound);
  groups[0].shares[Share::column_link] = 0.51;
  burst::share_overlaps(groups, {kTiles});
  EXPECT_EQ(wafer::Bound::columns, groups[0].bound);
}

TEST(NextVisits, TheEarliestComesFirstAndOfSeveralTheLowestNumber) {
  burst::NextVisits visits(5);
  EXPECT_EQ(burst::kNever, visits.time());
  visits.set(4, 10);
  visits.set(1, 20);
  visits.set(3, 10);
  EXPECT_EQ(10, visits.time());
  EXPECT_EQ(3U, visits.tile());
  visits.bring_forward(3, 30);  // it is earlier already
  EXPECT_EQ(10, visits.time_of(3));
  visits.set(3, 30);
  EXPECT_EQ(4U, visits.tile());
  visits.set(4, burst::kNever);
  EXPECT_EQ(1U, visits.tile());
  visits.bring_forward(0, 20);
  EXPECT_EQ(0U, visits.tile());
}

TEST(NextVisits, AreFoundAmongAnyNumberOfTiles) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases in every run
  for (const std::uint32_t tiles : {1U, 2U, 8U, 9U, 64U, 65U, 600U}) {
    burst::NextVisits visits(tiles);
    std::vector<burst::Ticks> times(tiles, burst::kNever);
    for (std::uint32_t i = 0; i < 2000; ++i) {
      const auto tile = static_cast<std::uint32_t>(random() % tiles);
      const burst::Ticks time = random() % 7 == 0 ? burst::kNever : static_cast<burst::Ticks>(random() % 50);
      if (random() % 2 == 0) {
        visits.set(tile, time);
        times[tile] = time;
      } else {
        visits.bring_forward(tile, time);
        times[tile] = std::min(times[tile], time);
      }
      const auto earliest = std::min_element(times.begin(), times.end());
      ASSERT_EQ(*earliest, visits.time());
      ASSERT_EQ(times[tile], visits.time_of(tile));
      if (*earliest == burst::kNever) continue;
      ASSERT_EQ(static_cast<std::uint32_t>(earliest - times.begin()), visits.tile()) << tiles;
    }
  }
}

TEST(Ticks, AreTheNearestAsLlroundSays) {
  constexpr auto kPerCycle = static_cast<double>(burst::kTicksPerCycle);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases in every run
  for (int exponent = -3; exponent < 60; ++exponent) {
    for (std::uint32_t i = 0; i < 200; ++i) {
      const double any = std::ldexp(1.0 + std::ldexp(static_cast<double>(random()), -32), exponent);
      const double half = std::floor(any) + 0.5;
      for (const double ticks : {any, half, std::nextafter(half, 0.0), std::nextafter(half, 1e30)}) {
        ASSERT_EQ(std::llround(ticks), burst::ticks(ticks / kPerCycle)) << ticks;
        ASSERT_EQ(std::llround(-ticks), burst::ticks(-ticks / kPerCycle)) << ticks;
      }
    }
  }
  EXPECT_EQ(0, burst::ticks(0.0));
}

TEST(Fifo, KeepsTheOrder) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases in every run
  burst::Fifo<std::uint32_t> fifo;
  std::deque<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    if (random() % 5 < 3 || expected.empty()) {
      fifo.push_back(i);
      expected.push_back(i);
    } else {
      fifo.pop_front();
      expected.pop_front();
    }
    ASSERT_EQ(expected.size(), fifo.size());
    ASSERT_EQ(expected.empty(), fifo.empty());
    if (expected.empty()) continue;
    ASSERT_EQ(expected.front(), fifo.front());
    ASSERT_EQ(expected.back(), fifo.back());
  }
}

TEST(Followers, AreReleasedOnceAndFollowOneAtATime) {
  burst::Followers followers(6);
  for (const burst::ThreadId thread : {1U, 2U, 3U}) followers.follow(thread, 0);
  followers.follow(2, 5);
  followers.leave(3);
  std::vector<burst::ThreadId> released;
  const auto note = [&](burst::ThreadId thread) { released.push_back(thread); };
  followers.release(0, note);
  EXPECT_EQ((std::vector<burst::ThreadId>{1}), released);
  EXPECT_EQ(burst::kNobody, followers.leader_of(1));
  followers.release(0, note);
  followers.release(5, note);
  EXPECT_EQ((std::vector<burst::ThreadId>{1, 2}), released);
}

}  // namespace
}  // namespace waferloom
