// SPDX-License-Identifier: Apache-2.0
// The router model `xy`: latencies in closed form, order, credits, fairness.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "core/error.hpp"
#include "core/round_robin.hpp"
#include "tests/support/traffic.hpp"

namespace waferloom {
namespace {

using noc::XyParameters;
using test::short_traffic;
using test::TestMesh;
using test::xy_mesh;

TEST(RoundRobin, TakesTheFirstAtOrAfterTheTurn) {
  EXPECT_EQ(core::first_in_turn(std::uint8_t{0b10110}, 0), 1U);
  EXPECT_EQ(core::first_in_turn(std::uint8_t{0b10110}, 2), 2U);
  EXPECT_EQ(core::first_in_turn(std::uint8_t{0b10110}, 3), 4U);
  EXPECT_EQ(core::first_in_turn(std::uint8_t{0b00110}, 3), 1U);
}

struct Pipeline {
  const char* name;
  XyParameters xy;
  std::uint32_t link = 1;
};

XyParameters stages(bool speculative, std::uint32_t routing, std::uint32_t vc, std::uint32_t sw,
                    std::uint32_t traversal, std::uint32_t terminal, std::uint32_t channels = 1) {
  XyParameters xy;
  xy.speculative = speculative;
  xy.routing_cycles = routing;
  xy.vc_allocation_cycles = vc;
  xy.switch_allocation_cycles = sw;
  xy.switch_traversal_cycles = traversal;
  xy.terminal_latency_cycles = terminal;
  xy.virtual_channels = channels;
  return xy;
}

class ZeroLoad : public testing::TestWithParam<Pipeline> {};

/// What the header of noc/xy_router_array.hpp promises a packet that meets no other.
std::uint32_t expected_latency(const Pipeline& p, std::uint32_t distance, std::uint32_t packet_flits) {
  const std::uint32_t allocation = p.xy.speculative
                                       ? std::max(p.xy.vc_allocation_cycles, p.xy.switch_allocation_cycles)
                                       : p.xy.vc_allocation_cycles + p.xy.switch_allocation_cycles;
  const std::uint32_t router = p.xy.routing_cycles + allocation + p.xy.switch_traversal_cycles;
  return 1 + p.xy.terminal_latency_cycles + (distance + 1) * router + distance * p.link +
         p.xy.terminal_latency_cycles + (packet_flits - 1) * p.xy.switch_allocation_cycles;
}

TEST_P(ZeroLoad, LatencyIsTheSumOfTheStages) {
  const Pipeline& p = GetParam();
  noc::NetworkParameters parameters = xy_mesh(4, 3, p.xy);
  parameters.mesh.hop_latency_cycles = p.link;
  TestMesh mesh(parameters);
  // From node (1, 1), number 5, in all directions.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> destinations{{5, 0}, {6, 1}, {4, 1},  {1, 1},
                                                                          {9, 1}, {7, 2}, {11, 3}, {0, 2}};
  for (const auto& [to, distance] : destinations) {
    for (const std::uint32_t flits : {1U, 5U}) {
      const auto result =
          mesh.run_table("5 " + std::to_string(to) + " 1\n", short_traffic("table", 0.005, flits));
      ASSERT_GT(result.packets, 0U);
      // Nearly all packets meet no other of the same source: the median is exact.
      EXPECT_EQ(result.latency_p50, expected_latency(p, distance, flits)) << "to " << to << ", " << flits;
      EXPECT_DOUBLE_EQ(result.hops_mean, distance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Pipelines, ZeroLoad,
                         testing::Values(Pipeline{"plain", stages(false, 0, 1, 1, 1, 1)},
                                         Pipeline{"speculative", stages(true, 0, 1, 1, 1, 1)},
                                         Pipeline{"routing", stages(false, 2, 1, 1, 1, 1)},
                                         Pipeline{"long_stages", stages(false, 1, 2, 3, 2, 3)},
                                         Pipeline{"long_speculative", stages(true, 0, 3, 2, 1, 1)},
                                         Pipeline{"channels", stages(false, 0, 1, 1, 1, 1, 4)},
                                         Pipeline{"speculative_channels", stages(true, 0, 1, 1, 1, 1, 3)},
                                         Pipeline{"shortest", stages(true, 0, 1, 1, 0, 0)},
                                         Pipeline{"long_links", stages(false, 0, 1, 1, 1, 1), 5}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(XyRouter, ABarelyLoadedPacketIsExact) {
  TestMesh mesh(xy_mesh(8, 8));
  const auto result = mesh.run_table("0 63 1\n", short_traffic("table", 0.001, 1));
  EXPECT_EQ(result.latency_most, 2U + 4 * 15);
  EXPECT_FALSE(result.unstable);
}

TEST(XyRouter, AReticleCrossingTakesLonger) {
  noc::NetworkParameters parameters = xy_mesh(6, 1);
  parameters.mesh.reticle_width = 2;
  parameters.mesh.reticle_crossing_cycles = 7;
  TestMesh mesh(parameters);
  const auto result = mesh.run_table("0 5 1\n", short_traffic("table", 0.002, 1));
  EXPECT_EQ(result.latency_p50, 2U + 4 * 6 + 2 * 7);
}

// A sink refuses flits out of order and queues refuse flits without a credit: such a run would throw.
class Saturated : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t, bool>> {};

TEST_P(Saturated, KeepsOrderAndCreditsAndLosesNothing) {
  const auto& [channels, buffer, speculative] = GetParam();
  XyParameters xy;
  xy.virtual_channels = channels;
  xy.buffer_flits = buffer;
  xy.speculative = speculative;
  core::SimulationParameters simulation;
  simulation.region_width = 3;
  simulation.region_height = 2;
  TestMesh mesh(xy_mesh(5, 5, xy), simulation);
  for (const std::uint32_t flits : {1U, 3U, 9U}) {
    for (const char* pattern : {"uniform", "transpose", "hotspot", "tornado"}) {
      const auto result = mesh.run(short_traffic(pattern, 1.0, flits));
      EXPECT_GT(result.accepted, 0.01) << pattern << " " << flits;
      EXPECT_TRUE(result.unstable) << pattern << " " << flits;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Saturated,
                         testing::Combine(testing::Values(1U, 2U, 5U, 8U), testing::Values(1U, 2U, 8U),
                                          testing::Bool()));

TEST(XyRouter, AChannelIsAllocatedPerPacket) {
  // One channel without speculation: a packet of n flits holds the output for n + 1 cycles.
  TestMesh mesh(xy_mesh(2, 1));
  for (const std::uint32_t flits : {1U, 2U, 4U, 8U}) {
    const auto result = mesh.run_table("0 1 1\n", short_traffic("table", 1.0, flits));
    EXPECT_NEAR(2 * result.accepted, flits / (flits + 1.0), 0.01) << flits;
  }
}

TEST(XyRouter, MoreChannelsHideTheAllocation) {
  XyParameters xy;
  xy.virtual_channels = 2;
  TestMesh mesh(xy_mesh(2, 1, xy));
  const auto result = mesh.run_table("0 1 1\n", short_traffic("table", 1.0, 1));
  EXPECT_NEAR(2 * result.accepted, 1.0, 0.01);
}

TEST(XyRouter, InputsTakeTurns) {
  // Nodes 0, 2 and 4 (north, south and west of it) want the same sink with all they have.
  TestMesh mesh(xy_mesh(3, 3));
  (void)mesh.run_table("1 4 1\n3 4 1\n7 4 1\n", short_traffic("table", 1.0, 2));
  const auto& ends = mesh.runner().mesh().regions().front()->routers().endpoints();
  const auto least = std::min({ends.packets_begun(1), ends.packets_begun(3), ends.packets_begun(7)});
  const auto most = std::max({ends.packets_begun(1), ends.packets_begun(3), ends.packets_begun(7)});
  EXPECT_GT(least, 300U);
  EXPECT_LE(most - least, 1U);
}

TEST(XyRouter, RegionsHaveTheirNamesInTheHierarchy) {
  core::SimulationParameters simulation;
  simulation.region_width = 2;
  simulation.region_height = 2;
  TestMesh mesh(xy_mesh(4, 3), simulation);
  EXPECT_NE(sc_core::sc_find_object("mesh.region_0_0"), nullptr);
  EXPECT_NE(sc_core::sc_find_object("mesh.region_1_1"), nullptr);
}

}  // namespace
}  // namespace waferloom
