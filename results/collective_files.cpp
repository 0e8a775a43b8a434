// SPDX-License-Identifier: Apache-2.0
#include "results/collective_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "collectives/registry.hpp"
#include "core/version.hpp"

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

const collectives::CollectiveModel& model_of(const wafer::Scenario& scenario) {
  return collectives::find_collective(scenario.collective.kind, scenario.collective.algorithm);
}

}  // namespace

ordered_json collective_json(const wafer::Scenario& scenario, const wafer::PlanResult& result) {
  const auto metric = [](auto value, const char* unit) {
    return ordered_json{{"value", value}, {"unit", unit}};
  };
  ordered_json json;
  json["format"] = "waferloom-result";
  json["version"] = core::version();
  json["scenario"] = scenario.name;
  json["fidelity"] = scenario.fidelity;
  json["seed"] = scenario.seed;
  const core::Rectangle area = wafer::collective_rectangle(scenario);
  json["collective"] = {{"kind", model_of(scenario).kind},
                        {"algorithm", model_of(scenario).algorithm},
                        {"wavelets", std::uint64_t{scenario.collective.wavelets()}},
                        {"columns", area.width},
                        {"rows", area.height}};
  json["metrics"] = {
      {"time", metric(static_cast<double>(result.cycles) / result.clock_hz, "s")},
      {"cycles", metric(result.cycles, "cycle")},
      {"wavelet_hops", metric(result.hops, "wavelet")},
      {"wavelets_injected", metric(result.wavelets_injected, "wavelet")},
      {"wavelets_delivered", metric(result.wavelets_delivered, "wavelet")},
      {"busiest_link", metric(busiest_link(result, scenario.hardware.fabric.link_cycles()), "1")},
  };
  json["configuration"] = wafer::effective_json(scenario);
  json["configuration"].erase("simulation");  // has no influence on the results
  return json;
}

}  // namespace waferloom::results
