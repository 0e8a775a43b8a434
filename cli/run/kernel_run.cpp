// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a kernel.
#include "wafer/wavelet/kernel/kernel_run.hpp"

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "results/kernel_files.hpp"

namespace waferloom::cli {

void run_kernel(const wafer::Scenario& scenario, const RunRequest& request) {
  const Preparation preparation(
      scenario, request,
      [](const wafer::PreparedRun& run) { return checksum_of_file(run.kernel.kernel->file); },
      [](const wafer::PreparedRun& run) { return even_loads(run.program); });
  if (preparation.was_all()) return;
  const wafer::PreparedRun& prepared = preparation.prepared();
  const kernels::CompiledKernel& kernel = prepared.kernel;
  record_run(
      scenario, request, preparation,
      [&](const Recording& recording) {
        return wafer::run_kernel(scenario.hardware, preparation.simulation(), kernel, request.stop,
                                 {recording.factories(), scenario.observe.link_samples}, preparation.share(),
                                 preparation.keeper());
      },
      [&](const results::RunDirectory& directory, Recording& recording, const wafer::KernelResult& result) {
        directory.write("tasks.csv", results::tasks_csv(kernel, result));
        if (kernel.kernel->values) {
          directory.write_parts("values.csv",
                                [&](results::TextParts& text) { results::values_csv(kernel, result, text); });
        }
        write_plan_results(directory, scenario, request.arguments, prepared.program, recording, result.run,
                           results::task_names(kernel), results::kernel_json(scenario, kernel, result));
      });
}

}  // namespace waferloom::cli
