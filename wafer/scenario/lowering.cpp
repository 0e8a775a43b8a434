// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/lowering.hpp"

#include <fmt/format.h>

#include "core/data_path.hpp"
#include "core/error.hpp"
#include "models/model.hpp"
#include "models/sram_need.hpp"
#include "models/strategy.hpp"
#include "trace/reader.hpp"
#include "wafer/scenario/placement.hpp"

namespace waferloom::wafer {

namespace {

models::Model model_of(const Scenario& scenario) {
  if (carries_packets(scenario)) {
    throw core::InputError(
        fmt::format("fabric.router: expected a router that carries wavelets for a trace, got {}",
                    scenario.hardware.fabric.router));
  }
  return models::load_model(scenario.workload.model, core::data_directory() / "models" / "data");
}

}  // namespace

trace::Header trace_header(const Scenario& scenario) {
  const models::Model model = model_of(scenario);
  return models::find_strategy(scenario.workload.strategy)
      .header({model, scenario.workload, make_placement(scenario)});
}

void lower_scenario(const Scenario& scenario, const std::function<void(const trace::Record&)>& sink) {
  const models::Model model = model_of(scenario);
  const models::Strategy& strategy = models::find_strategy(scenario.workload.strategy);
  const models::LoweringRequest request{model, scenario.workload, make_placement(scenario)};
  try {
    strategy.lower(request, sink);
  } catch (const models::SramMisfit& misfit) {
    const std::string whole = models::describe_misfit(strategy, request);
    throw core::InputError(whole.empty() ? misfit.what() : "workload: " + whole);
  }
}

ShortStep whole_step(const Scenario& scenario) {
  return {static_cast<std::uint32_t>(model_of(scenario).layers),
          static_cast<std::uint32_t>(scenario.workload.batch / scenario.workload.at_once())};
}

LoadedTrace lower_short_step(const Scenario& scenario, ShortStep step) {
  models::Model model = model_of(scenario);
  model.layers = step.layers;
  models::WorkloadParameters workload = scenario.workload;
  workload.micro_batch = workload.at_once();
  workload.batch = workload.micro_batch * step.micro_batches;
  const models::Strategy& strategy = models::find_strategy(workload.strategy);
  const models::LoweringRequest request{model, workload, make_placement(scenario)};
  LoadedTrace loaded;
  loaded.header = strategy.header(request);
  strategy.lower(request, [&](const trace::Record& record) { loaded.records.push_back(record); });
  return loaded;
}

LoadedTrace load_trace(const Scenario& scenario) {
  LoadedTrace loaded;
  if (scenario.workload.trace.empty()) {
    loaded.header = trace_header(scenario);
    lower_scenario(scenario, [&](const trace::Record& record) { loaded.records.push_back(record); });
    return loaded;
  }
  trace::Reader reader(scenario.workload.trace);
  loaded.header = reader.header();
  for (trace::Record record; reader.next(record);) loaded.records.push_back(record);
  const core::Rectangle rectangle = program_rectangle(scenario);
  if (loaded.header.columns > rectangle.width || loaded.header.rows > rectangle.height) {
    throw core::InputError(
        fmt::format("workload.rectangle: expected at least {} x {} tiles, as the trace {} needs, "
                    "got {} x {}",
                    loaded.header.columns, loaded.header.rows, scenario.workload.trace, rectangle.width,
                    rectangle.height));
  }
  return loaded;
}

}  // namespace waferloom::wafer
