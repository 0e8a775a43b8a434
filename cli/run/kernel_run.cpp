// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a kernel.
#include "wafer/wavelet/kernel/kernel_run.hpp"

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "results/kernel_files.hpp"
#include "results/report_files.hpp"

namespace waferloom::cli {

namespace {

void write_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                   const RunArguments& arguments, const wafer::PreparedRun& prepared, Recording& recording,
                   const wafer::KernelResult& result) {
  const wafer::PlanResult& run = result.run;
  if (scenario.observe.maps) write_maps(directory, scenario, run.tiles, run.cycles, prepared.program);
  write_link_samples(directory, run.links);
  directory.write("tasks.csv", results::tasks_csv(prepared.kernel, result));
  if (prepared.kernel.kernel->values) {
    directory.write_parts(
        "values.csv", [&](results::TextParts& text) { results::values_csv(prepared.kernel, result, text); });
  }
  write_tracks(directory, scenario, run.clock_hz, recording, results::task_names(prepared.kernel));
  const nlohmann::ordered_json json = results::kernel_json(scenario, prepared.kernel, result);
  if (scenario.observe.maps) recording.database->add_tiles(run.tiles, prepared.program);
  recording.database->finish(json);
  conclude(directory, arguments, json,
           results::host_json(scenario, {run.elaboration_s, run.simulation_s, run.hops, {}}));
}

}  // namespace

void run_kernel(const wafer::Scenario& scenario, const RunRequest& request) {
  const Preparation preparation(
      scenario, request,
      [](const wafer::PreparedRun& run) { return checksum_of_file(run.kernel.kernel->file); },
      [](const wafer::PreparedRun& run, const core::RegionGrid& grid) {
        return even_loads(grid, run.program);
      });
  if (preparation.was_all()) return;
  const wafer::PreparedRun& prepared = preparation.prepared();
  fill_directory(scenario, request, preparation.keeper(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, prepared.observed, request);
    const wafer::KernelResult result = run_or_draw(directory, [&] {
      return wafer::run_kernel(scenario.hardware, preparation.simulation(), prepared.kernel, request.stop,
                               {recording.factories(), scenario.observe.link_samples}, preparation.share(),
                               preparation.keeper());
    });
    ranks::on_all(request.team, [&] {
      if (directory == nullptr) return;
      write_results(*directory, scenario, request.arguments, prepared, recording, result);
    });
  });
}

}  // namespace waferloom::cli
