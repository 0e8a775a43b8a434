// SPDX-License-Identifier: Apache-2.0
#include "results/plan_json.hpp"

#include <algorithm>

#include "core/version.hpp"
#include "results/metric.hpp"

namespace waferloom::results {

using nlohmann::ordered_json;

namespace {

double busiest_link(const wafer::PlanResult& result, double link_cycles) {
  std::uint64_t most = 0;
  for (const wafer::TileResult& tile : result.tiles) {
    for (std::size_t d = 0; d < core::kNeighbours; ++d) most = std::max(most, tile.sent[d]);
  }
  return result.cycles == 0 ? 0
                            : static_cast<double>(most) * link_cycles / static_cast<double>(result.cycles);
}

}  // namespace

ordered_json result_head(const wafer::Scenario& scenario) {
  ordered_json json;
  json["format"] = "waferloom-result";
  json["version"] = core::version();
  json["scenario"] = scenario.name;
  json["fidelity"] = scenario.fidelity;
  json["seed"] = scenario.seed;
  return json;
}

ordered_json plan_metrics(const wafer::Scenario& scenario, const wafer::PlanResult& result) {
  return {{"time", metric(static_cast<double>(result.cycles) / result.clock_hz, "s")},
          {"cycles", metric(result.cycles, "cycle")},
          {"wavelet_hops", metric(result.hops, "wavelet")},
          {"wavelets_injected", metric(result.wavelets_injected, "wavelet")},
          {"wavelets_delivered", metric(result.wavelets_delivered, "wavelet")},
          {"busiest_link", metric(busiest_link(result, scenario.hardware.fabric.link_cycles()), "1")}};
}

ordered_json configuration_of_results(const wafer::Scenario& scenario) {
  ordered_json json = wafer::effective_json(scenario);
  json.erase("simulation");  // how the host simulates is in host.json: it must not change a byte here
  return json;
}

}  // namespace waferloom::results
