// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a collective.
#include "wafer/wavelet/collective_run.hpp"

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "results/collective_files.hpp"
#include "wafer/wavelet/shared/predicted_loads.hpp"

namespace waferloom::cli {

void run_collective(const wafer::Scenario& scenario, const RunRequest& request) {
  const Preparation preparation(
      scenario, request, [](const wafer::PreparedRun&) { return 0U; },
      [](const wafer::PreparedRun& run) -> RegionLoads {
        return [loads = wafer::predict_loads(run.plan)](const core::RegionGrid& grid) {
          return wafer::by_region(grid, loads);
        };
      });
  if (preparation.was_all()) return;
  const wafer::PreparedRun& prepared = preparation.prepared();
  record_run(
      scenario, request, preparation,
      [&](const Recording& recording) {
        return wafer::run_plan(scenario.hardware, preparation.simulation(), prepared.program, prepared.plan,
                               request.stop, {recording.factories(), scenario.observe.link_samples},
                               preparation.share(), preparation.keeper());
      },
      [&](const results::RunDirectory& directory, Recording& recording, const wafer::PlanResult& result) {
        write_plan_results(directory, scenario, request.arguments, prepared.program, recording, result, {},
                           results::collective_json(scenario, result));
      });
}

}  // namespace waferloom::cli
