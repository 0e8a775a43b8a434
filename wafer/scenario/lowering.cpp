// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/lowering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/arithmetic.hpp"
#include "core/config/origin.hpp"
#include "models/model.hpp"
#include "models/sram_need.hpp"
#include "models/strategy.hpp"
#include "models/weight_streaming/kept.hpp"
#include "trace/reader.hpp"
#include "wafer/scenario/placement.hpp"

namespace waferloom::wafer {

namespace {

/// Of the first `layers` of a step those that a short one has, where a run of layers ends with them.
std::uint32_t in_short_step(std::uint32_t layers, const std::vector<std::uint32_t>& whole,
                            const std::vector<std::uint32_t>& runs) {
  std::uint32_t in_whole = 0;
  std::uint32_t in_short = 0;
  for (std::size_t run = 0; run < whole.size() && in_whole < layers; ++run) {
    in_whole += whole[run];
    in_short += runs[run];
  }
  return in_whole == layers ? in_short : layers;
}

/// All counts of a step are products of these numbers, and stay within 64 bits where the largest of them does.
void check_size(const models::Model& model, const models::WorkloadParameters& workload) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;
  const std::uint64_t sequence = workload.sequence != 0 ? workload.sequence : model.sequence;
  std::uint64_t products = std::max(model.hidden, model.query_features());
  for (const std::uint64_t each :
       {workload.batch, sequence, std::max({4 * model.hidden, 3 * model.ffn, model.vocabulary, sequence}),
        model.layers + 1}) {
    products = core::saturating_product(products, each);
  }
  if (products <= kMost) return;
  throw core::config::KeyError({"workload.batch", "workload.sequence", "workload.model"},
                               fmt::format("expected a step whose multiply-accumulates can be "
                                           "counted (up to 2^62), got {} sequences of {} tokens of {}",
                                           workload.batch, sequence, model.name));
}

std::shared_ptr<const models::Model> model_of(const Scenario& scenario) {
  if (carries_packets(scenario)) {
    throw core::config::KeyError({"fabric.router"},
                                 fmt::format("expected a router that carries wavelets for a trace, got {}",
                                             scenario.hardware.fabric.router));
  }
  std::shared_ptr<const models::Model> model = scenario.model.of(scenario.workload.model);
  check_size(*model, scenario.workload);
  return model;
}

/// Records of a step are numbered with 32 bits, and a run holds them in memory, some 700 bytes each: what the first
/// micro-batch has tells how many there will be.
class RecordLimit {
 public:
  RecordLimit(std::uint64_t most, std::uint64_t micro_batches) : most_(most), micro_batches_(micro_batches) {}

  void add(const trace::Record& record) {
    if (record.micro_batch == 0) {
      ++first_;
    } else if (!told_) {
      told_ = true;
      check(core::saturating_product(first_, micro_batches_));
    }
    check(++records_);
  }

 private:
  void check(std::uint64_t records) const {
    if (records <= most_) return;
    throw core::config::KeyError(
        {"workload.micro_batch", "workload.batch", "workload.layers", "workload.phases", "workload.model"},
        fmt::format("expected a step of at most {} records, got {} of {} micro-batches; larger "
                    "micro-batches make fewer",
                    most_, records, micro_batches_));
  }

  std::uint64_t most_;
  std::uint64_t micro_batches_;
  std::uint64_t first_ = 0;
  std::uint64_t records_ = 0;
  bool told_ = false;
};

constexpr std::uint64_t kMostInMemory = 16'000'000;
constexpr std::uint64_t kMostInFile = 4'000'000'000;

/// Of at most `most` records.
void lower(const Scenario& scenario, std::uint64_t most,
           const std::function<void(const trace::Record&)>& sink) {
  const auto model = model_of(scenario);
  const models::Strategy& strategy = models::find_strategy(scenario.workload.strategy);
  const models::LoweringRequest request{*model, scenario.workload, make_placement(scenario)};
  RecordLimit limit(most, scenario.workload.micro_batches());
  try {
    strategy.lower(request, [&](const trace::Record& record) {
      limit.add(record);
      sink(record);
    });
  } catch (const models::SramMisfit& misfit) {
    const std::string whole = models::describe_misfit(strategy, request);
    throw core::config::KeyError(
        {"workload.micro_batch", "workload.batch", "workload.sequence", "workload.activations",
         "workload.lanes", "workload.model", "workload.layers", "workload.phases", "workload.rectangle",
         "fabric.program", "pe.sram", "pe.reserved"},
        whole.empty() ? misfit.what() : whole);
  }
}

}  // namespace

trace::Header trace_header(const Scenario& scenario) {
  const auto model = model_of(scenario);
  return models::find_strategy(scenario.workload.strategy)
      .header({*model, scenario.workload, make_placement(scenario)});
}

void lower_scenario(const Scenario& scenario, const std::function<void(const trace::Record&)>& sink) {
  lower(scenario, kMostInFile, sink);
}

ShortStep whole_step(const Scenario& scenario) {
  const models::WorkloadParameters& workload = scenario.workload;
  return {models::runs_of_layers(workload, static_cast<std::uint32_t>(model_of(scenario)->layers)),
          static_cast<std::uint32_t>(workload.micro_batches())};
}

LoadedTrace lower_short_step(const Scenario& scenario, const ShortStep& step) {
  const auto whole_model = model_of(scenario);
  const models::LoweringRequest all{*whole_model, scenario.workload, make_placement(scenario)};
  models::Model model = *whole_model;
  model.layers = step.layers();
  models::WorkloadParameters workload = scenario.workload;
  const std::vector<std::uint32_t> whole = whole_step(scenario).runs;
  workload.recomputed_layers = in_short_step(workload.recomputed_layers, whole, step.runs);
  workload.spilled_layers = in_short_step(workload.spilled_layers, whole, step.runs);
  workload.micro_batch = workload.at_once();
  workload.batch = workload.micro_batch * step.micro_batches;
  const models::Strategy& strategy = models::find_strategy(workload.strategy);
  models::LoweringRequest request{model, workload, all.placement};
  request.part_of = &all;
  LoadedTrace loaded;
  loaded.header = strategy.header(request);
  strategy.lower(request, [&](const trace::Record& record) { loaded.records.push_back(record); });
  return loaded;
}

LoadedTrace load_trace(const Scenario& scenario) {
  LoadedTrace loaded;
  if (scenario.workload.trace.empty()) {
    loaded.header = trace_header(scenario);
    lower(scenario, kMostInMemory, [&](const trace::Record& record) { loaded.records.push_back(record); });
    return loaded;
  }
  trace::Reader reader(scenario.workload.trace);
  loaded.header = reader.header();
  for (trace::Record record; reader.next(record);) loaded.records.push_back(record);
  const core::Rectangle rectangle = program_rectangle(scenario);
  if (loaded.header.columns > rectangle.width || loaded.header.rows > rectangle.height) {
    throw core::config::KeyError({"workload.rectangle", "fabric.program", "workload.trace"},
                                 fmt::format("expected at least {} x {} tiles, as the trace {} needs, "
                                             "got {} x {}",
                                             loaded.header.columns, loaded.header.rows,
                                             scenario.workload.trace, rectangle.width, rectangle.height));
  }
  return loaded;
}

}  // namespace waferloom::wafer
