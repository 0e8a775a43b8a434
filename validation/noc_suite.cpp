// SPDX-License-Identifier: Apache-2.0
// Mesh networks with router `xy`, against BookSim2 (input-queued router, mean of 3 seeds, samples of 10,000 cycles
// after 3 of warm-up) at equal configuration: 8 x 8, x first, 1 virtual channel of 8 flits, VC allocation, switch
// allocation and traversal of 1 cycle each, link 1 cycle, lookahead routing, credits without delay. "Speculative"
// allocates VC and switch in one cycle. Latency: a packet's generation to its tail's arrival. Loads below 80 % of
// saturation; and what the network accepts at load 1.
#include "validation/noc_suite.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "noc/traffic_run.hpp"
#include "noc/xy_router_array.hpp"

namespace waferloom::validation {

namespace {

constexpr const char* kSource = "BookSim2";
constexpr std::uint32_t kNodes = 8;
constexpr double kEverything = 1.0;  ///< load beyond any saturation

struct Table {
  const char* pattern;
  std::uint32_t packet_flits;
  bool speculative;
  std::vector<std::pair<double, double>> latency_cycles;  ///< by load in flits per node and cycle
  double accepted;                                        ///< at load 1
};

std::vector<Table> tables() {
  return {
      {"uniform",
       1,
       false,
       {{0.001, 27.11}, {0.01, 27.08}, {0.02, 27.21}, {0.05, 27.57}, {0.1, 28.81}, {0.15, 32.01}},
       0.1919},
      {"uniform",
       1,
       true,
       {{0.001, 20.82},
        {0.01, 20.76},
        {0.02, 20.80},
        {0.05, 20.85},
        {0.1, 21.02},
        {0.15, 21.22},
        {0.2, 21.56},
        {0.25, 22.08},
        {0.3, 23.02}},
       0.3753},
      {"uniform",
       8,
       false,
       {{0.001, 34.29},
        {0.01, 34.30},
        {0.02, 34.24},
        {0.05, 35.46},
        {0.1, 37.40},
        {0.15, 40.77},
        {0.2, 47.87}},
       0.2623},
      {"uniform",
       8,
       true,
       {{0.001, 27.97},
        {0.01, 27.98},
        {0.02, 27.94},
        {0.05, 28.89},
        {0.1, 30.37},
        {0.15, 32.52},
        {0.2, 36.20}},
       0.2977},
      {"transpose", 1, false, {{0.001, 27.03}, {0.01, 27.17}, {0.02, 27.32}, {0.05, 28.05}}, 0.1719},
      {"transpose",
       1,
       true,
       {{0.001, 20.77}, {0.01, 20.83}, {0.02, 20.87}, {0.05, 20.89}, {0.1, 21.22}, {0.11, 21.39}},
       0.3438},
      {"transpose",
       8,
       false,
       {{0.001, 34.04}, {0.01, 34.03}, {0.02, 34.33}, {0.05, 35.68}, {0.1, 41.54}},
       0.3056},
      {"transpose",
       8,
       true,
       {{0.001, 27.75}, {0.01, 27.77}, {0.02, 28.00}, {0.05, 29.02}, {0.1, 32.14}, {0.11, 33.47}},
       0.3430},
  };
}

noc::TrafficResult simulate(const Table& table, double load) {
  noc::NetworkParameters network;
  fabric::FabricParameters& mesh = network.mesh;
  mesh.width = kNodes;
  mesh.height = kNodes;
  mesh.reticle_width = kNodes;
  mesh.reticle_height = kNodes;
  mesh.program = {0, 0, kNodes, kNodes};
  mesh.router = "xy";
  network.routers.of<noc::XyParameters>().speculative = table.speculative;
  noc::TrafficParameters traffic;
  traffic.pattern = table.pattern;
  traffic.packet_flits = table.packet_flits;
  traffic.load = load;
  // Ten packets per node at the least load would say little.
  traffic.samples = load < 0.01 ? 60 : 6;
  const std::atomic<bool> stop = false;
  noc::TrafficRunner runner(network, 1e9, {}, traffic, 1);
  return runner.run(load, stop);
}

}  // namespace

std::vector<Case> noc_cases() {
  std::vector<Case> cases;
  for (const Table& table : tables()) {
    const std::string network = fmt::format("{}, {} flit{}, {}", table.pattern, table.packet_flits,
                                            table.packet_flits == 1 ? "" : "s",
                                            table.speculative ? "speculative" : "non-speculative");
    for (const auto& [load, latency] : table.latency_cycles) {
      cases.push_back({fmt::format("{}, load {}", network, load), latency, "cycle", kSource,
                       [table, at = load] { return simulate(table, at).latency_mean; }});
    }
    cases.push_back({network + ", accepted", table.accepted, "flit", kSource,
                     [table] { return simulate(table, kEverything).accepted; }});
  }
  return cases;
}

}  // namespace waferloom::validation
