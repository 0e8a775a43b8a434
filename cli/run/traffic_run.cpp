// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a packet network: a load, or the search for the saturation.
#include "noc/traffic_run.hpp"

#include <optional>
#include <vector>

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "results/traffic_files.hpp"

namespace waferloom::cli {

void run_traffic(const wafer::Scenario& scenario, const RunRequest& request) {
  const fabric::FabricParameters& fabric = scenario.hardware.fabric;
  const Preparation preparation(
      scenario, request, [&](const wafer::PreparedRun&) { return checksum_of_file(scenario.traffic.table); },
      [&](const wafer::PreparedRun&) {
        return even_loads({0, 0, fabric.width, fabric.height});
      });
  if (preparation.was_all()) return;
  std::optional<noc::TrafficRunner> runner;
  ranks::on_all(request.team, [&] {
    runner.emplace(noc::NetworkParameters{fabric, scenario.packet_routers}, scenario.hardware.pe.clock_hz,
                   preparation.simulation(), scenario.traffic, scenario.seed, preparation.share());
  });
  if (preparation.keeper() != nullptr) runner->keep_in(*preparation.keeper());
  fill_directory(scenario, request, preparation.keeper(), [&](const results::RunDirectory* directory) {
    std::vector<noc::TrafficResult> loads;
    if (scenario.traffic.find_saturation) {
      loads =
          noc::find_saturation(*runner, scenario.traffic.tolerance, scenario.traffic.curve, request.stop, {});
    } else {
      loads.push_back(runner->run(scenario.traffic, request.stop));
    }
    ranks::on_all(request.team, [&] {
      if (directory == nullptr) return;
      directory->write("loads.csv", results::loads_csv(loads));
      if (const noc::TrafficResult* shown = results::shown_load(scenario, loads);
          shown != nullptr && scenario.observe.maps) {
        directory->write("link_flits.csv", results::link_flits_csv(scenario, *shown));
      }
      conclude(*directory, request.arguments, results::traffic_result_json(scenario, loads),
               results::traffic_host_json(scenario, loads));
    });
  });
}

}  // namespace waferloom::cli
