// SPDX-License-Identifier: Apache-2.0
// Mesh networks with router `xy`, against BookSim2 at equal configuration (validation/booksim.hpp): latencies below 80 %
// of saturation, and what the network accepts at load 1.
#include "validation/noc_suite.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "noc/traffic_run.hpp"
#include "noc/xy_router_array.hpp"
#include "validation/booksim.hpp"

namespace waferloom::validation {

namespace {

constexpr const char* kNocSource = "BookSim2";
constexpr std::uint32_t kNodes = 8;
constexpr double kEverything = 1.0;  ///< load beyond any saturation

noc::TrafficResult simulate(const BooksimNetwork& table, double load) {
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
  for (const BooksimNetwork& table : booksim_networks()) {
    const std::string network = fmt::format("{}, {} flit{}, {}", table.pattern, table.packet_flits,
                                            table.packet_flits == 1 ? "" : "s",
                                            table.speculative ? "speculative" : "non-speculative");
    for (const BooksimPoint& point : table.points) {
      if (point.load > kComparableShare * table.saturation()) continue;
      cases.push_back({fmt::format("{}, load {}", network, point.load), point.latency_cycles, "cycle",
                       kNocSource, [table, at = point.load] { return simulate(table, at).latency_mean; }});
    }
    cases.push_back({network + ", accepted", table.accepted, "flit", kNocSource,
                     [table] { return simulate(table, kEverything).accepted; }});
  }
  for (Case& each : cases) each.claim.evidence = Evidence::reference;
  return cases;
}

}  // namespace waferloom::validation
