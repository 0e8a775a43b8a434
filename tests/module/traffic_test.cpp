// SPDX-License-Identifier: Apache-2.0
// Traffic patterns, tables and the latency histogram.
#include "tests/support/traffic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "noc/latency_histogram.hpp"
#include "noc/traffic_pattern.hpp"
#include "noc/traffic_table.hpp"

namespace waferloom {
namespace {

using core::Coordinate;
using noc::PatternContext;
using noc::RandomStream;
using noc::TrafficTable;

Coordinate destination(const char* pattern, const PatternContext& mesh, Coordinate from) {
  RandomStream random(1, 0);
  return noc::find_traffic_pattern(pattern)->destination(mesh, from, random);
}

TEST(TrafficPattern, FixedPatternsMapAsTheirDefinitionsSay) {
  const PatternContext mesh{8, 8, {}, 0, nullptr};
  EXPECT_EQ(destination("transpose", mesh, {2, 5}), (Coordinate{5, 2}));
  EXPECT_EQ(destination("bit_complement", mesh, {1, 6}), (Coordinate{6, 1}));
  EXPECT_EQ(destination("neighbour", mesh, {7, 3}), (Coordinate{0, 4}));
  EXPECT_EQ(destination("tornado", mesh, {0, 6}), (Coordinate{3, 1}));
  const PatternContext odd{5, 3, {}, 0, nullptr};
  EXPECT_EQ(destination("bit_complement", odd, {4, 0}), (Coordinate{0, 2}));
  EXPECT_EQ(destination("tornado", odd, {4, 2}), (Coordinate{1, 0}));
  EXPECT_EQ(noc::find_traffic_pattern("nothing"), nullptr);
}

TEST(TrafficPattern, UniformReachesEveryNodeEquallyOften) {
  const PatternContext mesh{4, 3, {}, 0, nullptr};
  RandomStream random(7, 3);
  std::array<int, 12> hits{};
  constexpr int kDraws = 120'000;
  constexpr double kExpected = 10'000;  // each of the 12 nodes
  for (int i = 0; i < kDraws; ++i) {
    const Coordinate to = noc::find_traffic_pattern("uniform")->destination(mesh, {1, 1}, random);
    ++hits.at(to.y * 4 + to.x);
  }
  for (const int hit : hits) EXPECT_NEAR(hit, kExpected, 5 * std::sqrt(kExpected));
}

TEST(TrafficPattern, AHotspotGetsItsShareAndWhatUniformTrafficBrings) {
  const PatternContext mesh{4, 4, {2, 1}, 0.25, nullptr};
  RandomStream random(7, 3);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Coordinate to = noc::find_traffic_pattern("hotspot")->destination(mesh, {0, 0}, random);
    hits += to == Coordinate{2, 1} ? 1 : 0;
  }
  EXPECT_NEAR(hits / 1e5, 0.25 + 0.75 / 16, 0.01);
}

TEST(RandomStream, StreamsOfNodesDifferAndRepeat) {
  RandomStream a(1, 0);
  RandomStream same(1, 0);
  RandomStream other_node(1, 1);
  RandomStream other_seed(2, 0);
  const auto first = a.next();
  EXPECT_EQ(first, same.next());
  EXPECT_NE(first, other_node.next());
  EXPECT_NE(first, other_seed.next());
}

TrafficTable parse(const std::string& text) {
  std::istringstream in(text);
  return TrafficTable::read(in, "rates.txt", 16);
}

std::string error_of(const std::string& text) {
  try {
    (void)parse(text);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(TrafficTable, RatesAddUpAndDestinationsFollowThem) {
  const TrafficTable table =
      parse("# source destination rate\n3 5 0.1\n\n3 7 0.3  # the larger\n0 0 1\n3 5 0.1\n");
  EXPECT_DOUBLE_EQ(table.rate(3), 0.5);
  EXPECT_DOUBLE_EQ(table.rate(0), 1.0);
  EXPECT_DOUBLE_EQ(table.rate(1), 0.0);
  EXPECT_EQ(table.destination(3, 0.0001), 5U);
  EXPECT_EQ(table.destination(3, 0.39), 5U);
  EXPECT_EQ(table.destination(3, 0.41), 7U);
  EXPECT_EQ(table.destination(3, 1.0), 7U);
}

TEST(TrafficTable, ErrorsNameFileLineAndColumn) {
  EXPECT_EQ(error_of("0 1 0.5\n0 1\n"),
            "rates.txt:2:1: expected three fields, source destination rate, got 2");
  EXPECT_EQ(error_of("0 1 0.5 9\n"), "rates.txt:1:1: expected three fields, source destination rate, got 4");
  EXPECT_EQ(error_of("16 1 0.5\n"), "rates.txt:1:1: expected a source node from 0 to 15, got 16");
  EXPECT_EQ(error_of("1 -1 0.5\n"), "rates.txt:1:3: expected a destination node from 0 to 15, got -1");
  EXPECT_EQ(error_of("\n1 2 1.5\n"), "rates.txt:2:5: expected a rate from 0 to 1 flits per cycle, got 1.5");
  EXPECT_EQ(error_of("1 2 nan\n"), "rates.txt:1:5: expected a rate from 0 to 1 flits per cycle, got nan");
  EXPECT_EQ(error_of("# nothing\n"), "rates.txt:1:1: expected lines of source destination rate, got none");
  EXPECT_NE(error_of("1 2 0.7\n1 3 0.7\n").find("at most 1 flit per cycle"), std::string::npos);
}

std::string error_of(const std::string& text, noc::TableFormat format) {
  std::istringstream in(text);
  try {
    (void)TrafficTable::read(in, "t", 16, {format, 4});
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(TrafficTable, NoximsRatesAreOfPackets) {
  std::istringstream in("% from Noxim\n3 5 0.1\n3 7 0.05 0.05\n0 1 0.2 0.2 0 1000 1000\n");
  const TrafficTable table = TrafficTable::read(in, "t", 16, {noc::TableFormat::noxim, 4});
  EXPECT_DOUBLE_EQ(0.6, table.rate(3));
  EXPECT_DOUBLE_EQ(0.8, table.rate(0));
  const auto noxim = [](const std::string& text) { return error_of(text, noc::TableFormat::noxim); };
  EXPECT_EQ(noxim("0 1\n"),
            "t:1:1: expected fields source destination pir [por [t_on t_off [t_period]]], got 2");
  EXPECT_EQ(noxim("0 1 0.1 0.2\n"),
            "t:1:9: expected por as pir, as a packet's chance does not depend on the last one, got 0.2");
  EXPECT_EQ(
      noxim("0 1 0.1 0.1 10 20 100\n"),
      "t:1:13: expected t_on 0 and t_off no less than t_period, as sources do not pause, got 10 and 20");
  EXPECT_NE(noxim("0 1 0.3\n").find("at most 1 flit per cycle"), std::string::npos);
}

TEST(TrafficTable, PacketsComeInTheOrderOfTime) {
  std::istringstream in("20 3 5\n0 3 6 # first\n20 3 7\n5 0 1\n");
  const TrafficTable table = TrafficTable::read(in, "t", 16, {noc::TableFormat::packets, 4});
  ASSERT_TRUE(table.timed());
  const auto births = table.births(3);
  ASSERT_EQ(3U, births.size());
  EXPECT_EQ(0U, births[0].cycle);
  EXPECT_EQ(6U, births[0].destination);
  EXPECT_EQ(5U, births[1].destination);
  EXPECT_EQ(7U, births[2].destination);
  EXPECT_TRUE(table.births(1).empty());
  EXPECT_EQ(error_of("1 16 0\n", noc::TableFormat::packets),
            "t:1:3: expected a source node from 0 to 15, got 16");
  EXPECT_EQ(error_of("-1 1 0\n", noc::TableFormat::packets),
            "t:1:1: expected a cycle from 0 to 1000000000, got -1");
}

TEST(TrafficTable, TimedPacketsLeaveWhenTheTableSays) {
  test::TestMesh mesh(test::xy_mesh(4, 4));
  noc::TrafficParameters traffic = test::short_traffic("table", 1, 2);
  traffic.table_format = noc::TableFormat::packets;
  traffic.warmup_cycles = 10;
  traffic.sample_cycles = 100;
  // One before the measurement, three in it: two of a cycle from one node, one after the other.
  const noc::TrafficResult result = mesh.run_table("5 0 15\n20 0 3\n50 5 6\n50 5 6\n", traffic);
  EXPECT_EQ(3U, result.packets);
  EXPECT_EQ(0U, result.lost);
  EXPECT_FALSE(result.unstable);
  EXPECT_EQ(8U, result.flits);
  EXPECT_DOUBLE_EQ(3.0 * 2 / 16 / 100, result.offered);
  EXPECT_DOUBLE_EQ((3 + 1 + 1) / 3.0, result.hops_mean);
  EXPECT_EQ((6U + 3 + 1 + 1) * 2, result.hops);
}

TEST(LatencyHistogram, PercentilesAreExactAndSumsAdd) {
  noc::LatencyHistogram low;
  noc::LatencyHistogram high;
  for (std::uint32_t i = 1; i <= 50; ++i) low.add(i);
  for (std::uint32_t i = 51; i <= 100; ++i) high.add(i == 100 ? 50'000 : i);
  low.add(high);
  EXPECT_EQ(low.count(), 100U);
  EXPECT_EQ(low.percentile(0.5), 50U);
  EXPECT_EQ(low.percentile(0.95), 95U);
  EXPECT_EQ(low.percentile(0.99), 99U);
  EXPECT_EQ(low.percentile(1.0), 50'000U);
  EXPECT_DOUBLE_EQ(low.mean(), (4950 + 50'000) / 100.0);
  EXPECT_EQ(noc::LatencyHistogram().percentile(0.5), 0U);
}

}  // namespace
}  // namespace waferloom
