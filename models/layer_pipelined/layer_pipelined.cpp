// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/layer_pipelined.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/config/origin.hpp"
#include "models/geometry.hpp"
#include "models/layer_pipelined/pipeline_plan.hpp"
#include "models/layer_pipelined/pipeline_stage.hpp"
#include "models/layer_pipelined/stage_places.hpp"

namespace waferloom::models {

using trace::Phase;

namespace {

void check(const LoweringRequest& request) {
  require_plain_attention(request.model, "layer_pipelined");
  // Checked first: nothing else helps a model that is too large.
  check_memory(request);
  const WorkloadParameters& workload = request.workload;
  check_micro_batch(workload);
  if (workload.lanes != 1) {
    throw core::config::KeyError(
        {"workload.lanes", "workload.strategy"},
        fmt::format("expected 1 where layers are pipelined, got {}", workload.lanes));
  }
  if (!workload.layers.empty()) {
    throw core::config::KeyError({"workload.layers", "workload.strategy"},
                                 "expected all where layers are pipelined, got some of them");
  }
  if (workload.activations == Activations::spill) {
    throw core::config::KeyError({"workload.activations", "workload.strategy"},
                                 "expected keep or recompute where layers are pipelined, got spill");
  }
  const auto expect_default = [](const char* key, std::uint32_t value, std::uint32_t by_default) {
    if (value == by_default) return;
    throw core::config::KeyError(
        {key, "workload.strategy"},
        fmt::format("expected {} where layers are pipelined, got {}", by_default, value));
  };
  expect_default("workload.parts", workload.parts, 1);
  expect_default("workload.recomputed_layers", workload.recomputed_layers, 0);
  expect_default("workload.input_every", workload.input_every, 1);
  expect_default("workload.spilled_layers", workload.spilled_layers, 0);
  const auto& phases = workload.phases;
  if (!phases.empty() && std::find(phases.begin(), phases.end(), Phase::forward) == phases.end()) {
    throw core::config::KeyError({"workload.phases", "workload.strategy"},
                                 "expected forward among them where layers are pipelined");
  }
}

std::uint32_t micro_batches(const LoweringRequest& request) {
  return static_cast<std::uint32_t>(request.workload.micro_batches());
}

/// The stages in the order of the pipeline.
std::vector<std::unique_ptr<PipelineStage>> make_stages(const LoweringRequest& request,
                                                        const RecordSink& sink) {
  const std::vector<core::Rectangle> places = place_stages(request).in_order();
  const auto place = [&](std::size_t stage) {
    return StagePlace{places[stage], stage == 0 ? core::Rectangle{} : places[stage - 1],
                      stage + 1 == places.size() ? core::Rectangle{} : places[stage + 1]};
  };
  std::vector<std::unique_ptr<PipelineStage>> stages;
  stages.push_back(make_embedding_stage(request, place(0), sink));
  for (std::uint32_t layer = 0; layer < request.model.layers; ++layer) {
    stages.push_back(make_layer_stage(request, layer, place(layer + 1), sink));
  }
  stages.push_back(make_loss_stage(request, place(places.size() - 1), sink));
  return stages;
}

/// Whether both ends have gradients of the same table.
bool exchanges_tables(const StepBuilder& builder) {
  return builder.model().head && builder.model().tied_embeddings && builder.wants(Phase::backward_weight);
}

}  // namespace

trace::Header layer_pipelined_header(const LoweringRequest& request) {
  check(request);
  const StagePlaces places = place_stages(request);
  trace::Header header;
  header.model = request.model.name;
  header.strategy = "layer_pipelined";
  for (const core::Rectangle& place : places.in_order()) {
    header.columns = std::max(header.columns, place.x + place.width);
    header.rows = std::max(header.rows, place.y + place.height);
  }
  header.sequence = sequence_of(request);
  header.batch = request.workload.batch;
  header.tokens = header.batch * header.sequence;
  header.parameters = count_parameters(request.model).total;
  const auto size = [](const core::Rectangle& place) {
    return fmt::format("{} x {}", place.width, place.height);
  };
  header.description = fmt::format(
      "{} of {} columns and {} of {} rows used: embedding on {}, {} layers on {} each in {} {}, loss on {}; "
      "{} micro-batches",
      header.columns, request.placement.columns, header.rows, request.placement.rows, size(places.embedding),
      request.model.layers, size(places.layers.front()), places.bands, places.bands == 1 ? "band" : "bands",
      size(places.loss), micro_batches(request));
  return header;
}

void lower_layer_pipelined(const LoweringRequest& request, const RecordSink& sink) {
  check(request);
  const auto stages = make_stages(request, sink);
  const bool backward = stages.front()->builder().wants_backward();
  std::uint32_t next_id = 0;
  const auto on = [&](std::uint32_t stage, const auto& action) {
    StepBuilder& builder = stages[stage]->builder();
    builder.set_next_id(next_id);
    action(*stages[stage]);
    next_id = builder.next_id();
  };
  const auto count = static_cast<std::uint32_t>(stages.size());
  // What each stage has handed over last, to the next one and back.
  std::vector<std::vector<Handover>> ahead(count);
  std::vector<std::vector<Handover>> back(count);
  for (const std::vector<Turn>& round : pipeline_rounds(count, micro_batches(request), backward)) {
    // All stages receive before any continues, so that none waits for its neighbour's next work.
    for (const Turn& turn : round) {
      const bool at_end = turn.backward ? turn.stage + 1 == count : turn.stage == 0;
      if (at_end) continue;
      const Handover& from =
          turn.backward ? back[turn.stage + 1][turn.micro_batch] : ahead[turn.stage - 1][turn.micro_batch];
      on(turn.stage, [&](PipelineStage& stage) { stage.receive(from, turn.micro_batch, turn.backward); });
    }
    for (const Turn& turn : round) {
      on(turn.stage, [&](PipelineStage& stage) {
        if (turn.backward) {
          back[turn.stage].push_back(stage.backward(turn.micro_batch));
        } else {
          ahead[turn.stage].push_back(stage.forward(turn.micro_batch));
        }
      });
    }
  }
  if (stages.front()->builder().wants(Phase::update) && backward) {
    if (exchanges_tables(stages.front()->builder())) {
      Handover of_embedding;
      Handover of_head;
      const core::Rectangle first = stages.front()->place();
      const core::Rectangle last = stages.back()->place();
      on(0, [&](PipelineStage& stage) { of_embedding = stage.send_table(last); });
      on(count - 1, [&](PipelineStage& stage) { of_head = stage.send_table(first); });
      on(count - 1, [&](PipelineStage& stage) { stage.add_table(first, of_embedding); });
      on(0, [&](PipelineStage& stage) { stage.add_table(last, of_head); });
    }
    for (std::uint32_t stage = 0; stage < count; ++stage)
      on(stage, [](PipelineStage& each) { each.update(); });
  }
  if (request.sram == nullptr) return;
  for (const auto& stage : stages) {
    if (stage->sram().peak_bytes() > request.sram->peak_bytes()) *request.sram = stage->sram();
  }
}

}  // namespace waferloom::models
