// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a collective.
#include "wafer/wavelet/collective_run.hpp"

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "results/collective_files.hpp"
#include "results/report_files.hpp"
#include "wafer/wavelet/shared/predicted_loads.hpp"

namespace waferloom::cli {

namespace {

void write_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                   const RunArguments& arguments, core::Rectangle area, Recording& recording,
                   const wafer::PlanResult& result) {
  if (scenario.observe.maps) write_maps(directory, scenario, result.tiles, result.cycles, area);
  write_link_samples(directory, result.links);
  write_tracks(directory, scenario, result.clock_hz, recording, {});
  const nlohmann::ordered_json json = results::collective_json(scenario, result);
  if (scenario.observe.maps) recording.database->add_tiles(result.tiles, area);
  recording.database->finish(json);
  conclude(directory, arguments, json,
           results::host_json(scenario, {result.elaboration_s, result.simulation_s, result.hops, {}}));
}

}  // namespace

void run_collective(const wafer::Scenario& scenario, const RunRequest& request) {
  const Preparation preparation(
      scenario, request, [](const wafer::PreparedRun&) { return 0U; },
      [](const wafer::PreparedRun& run, const core::RegionGrid& grid) {
        return wafer::predict_loads(grid, run.plan);
      });
  if (preparation.was_all()) return;
  const wafer::PreparedRun& prepared = preparation.prepared();
  fill_directory(scenario, request, preparation.keeper(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, prepared.observed, request);
    const wafer::PlanResult result = run_or_draw(directory, [&] {
      return wafer::run_plan(scenario.hardware, preparation.simulation(), prepared.program, prepared.plan,
                             request.stop, {recording.factories(), scenario.observe.link_samples},
                             preparation.share(), preparation.keeper());
    });
    ranks::on_all(request.team, [&] {
      if (directory == nullptr) return;
      write_results(*directory, scenario, request.arguments, prepared.program, recording, result);
    });
  });
}

}  // namespace waferloom::cli
