// SPDX-License-Identifier: Apache-2.0
#include "results/kernel_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "results/csv_field.hpp"
#include "results/metric.hpp"
#include "results/plan_json.hpp"

namespace waferloom::results {

using nlohmann::ordered_json;

ordered_json kernel_json(const wafer::Scenario& scenario, const kernels::CompiledKernel& kernel,
                         const wafer::KernelResult& result) {
  const wafer::PlanResult& run = result.run;
  std::uint64_t busy = 0;
  std::uint32_t high_water = 0;
  for (const wafer::TileResult& tile : run.tiles) {
    busy += tile.busy_cycles;
    high_water = std::max(high_water, tile.sram_high_water);
  }
  ordered_json json = result_head(scenario);
  ordered_json parameters = ordered_json::object();
  for (const kernels::Parameter& parameter : kernel.kernel->parameters) {
    parameters[parameter.name] = parameter.value;
  }
  json["kernel"] = {{"name", kernel.kernel->name},
                    {"parameters", parameters},
                    {"columns", kernel.area.width},
                    {"rows", kernel.area.height},
                    {"values", kernel.kernel->values}};
  ordered_json metrics = plan_metrics(scenario, run);
  metrics["pe_busy"] = metric(run.cycles == 0 ? 0.0
                                              : static_cast<double>(busy) / static_cast<double>(run.cycles) /
                                                    static_cast<double>(kernel.area.area()),
                              "1");
  metrics["sram_high_water"] = metric(std::uint64_t{high_water}, "B");
  json["metrics"] = std::move(metrics);
  json["configuration"] = configuration_of_results(scenario);
  return json;
}

std::string tasks_csv(const kernels::CompiledKernel& kernel, const wafer::KernelResult& result) {
  std::string text = "task,line,runs,first_begin_cycle,last_end_cycle\n";
  for (std::size_t i = 0; i < result.tasks.size(); ++i) {
    const wafer::TaskTotals& totals = result.tasks[i];
    const kernels::Task& task = kernel.kernel->tasks[i];
    text += totals.activations == 0 ? fmt::format("{},{},0,,\n", csv_field(task.name), task.where.line)
                                    : fmt::format("{},{},{},{},{}\n", csv_field(task.name), task.where.line,
                                                  totals.activations, totals.first_begin, totals.last_end);
  }
  return text;
}

std::vector<std::string> task_names(const kernels::CompiledKernel& kernel) {
  std::vector<std::string> names;
  for (const kernels::Task& task : kernel.kernel->tasks) names.push_back(task.name);
  return names;
}

void values_csv(const kernels::CompiledKernel& kernel, const wafer::KernelResult& result, TextParts& text) {
  text.put("x,y,buffer,element,value\n");
  for (const wafer::BufferValues& each : result.values) {
    const std::string name = csv_field(kernel.kernel->buffers[each.buffer].name);
    for (std::size_t i = 0; i < each.numbers.size(); ++i) {
      text.put(fmt::format("{},{},{},{},{}\n", each.at.x, each.at.y, name, i, each.numbers[i]));
    }
  }
}

}  // namespace waferloom::results
