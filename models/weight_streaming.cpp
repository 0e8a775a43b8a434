// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/elementwise.hpp"
#include "models/embedding.hpp"
#include "models/geometry.hpp"
#include "models/layer.hpp"
#include "models/sram_check.hpp"
#include "models/step_builder.hpp"

namespace waferloom::models {

using trace::Phase;
using trace::Record;

namespace {

std::vector<std::uint32_t> layers_of(const LoweringRequest& request) {
  std::vector<std::uint32_t> layers = request.workload.layers;
  if (layers.empty()) {
    for (std::uint32_t i = 0; i < request.model.layers; ++i) layers.push_back(i);
  }
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  if (!layers.empty() && layers.back() >= request.model.layers) {
    throw core::InputError(fmt::format("workload.layers: expected layers below {}, those of {}, got {}",
                                       request.model.layers, request.model.name, layers.back()));
  }
  return layers;
}

void ends_forward(StepBuilder& builder) {
  builder.set_layer(trace::kNoLayer);
  builder.set_phase(Phase::forward);
  if (builder.model().final_norm) {
    builder.set_operation("final_norm");
    norm_forward(builder, "norm", "final");
  }
  if (!builder.model().head) return;
  builder.set_operation("loss");
  loss_forward(builder);
}

void ends_backward(StepBuilder& builder, const std::string& gradient) {
  const Phase phase = builder.wants(Phase::backward_input) ? Phase::backward_input : Phase::backward_weight;
  builder.set_layer(trace::kNoLayer);
  if (builder.model().head) {
    builder.set_phase(phase);
    builder.set_operation("loss");
    loss_backward(builder, gradient);
  }
  if (!builder.model().final_norm) return;
  builder.set_phase(phase);
  builder.set_operation("final_norm");
  elementwise(builder, "begin", 1, builder.model().hidden, [&](Record& record) {
    builder.hold(record, gradient, activation_bytes(builder.geometry(), builder.model().hidden));
    builder.release(record, "final");
  });
  norm_backward(builder, "norm");
}

void update_ends(StepBuilder& builder) {
  builder.set_layer(trace::kNoLayer);
  builder.set_phase(Phase::update);
  builder.set_operation("optimizer");
  Record record = builder.make(trace::Kind::update, "update");
  const ParameterCount count = count_parameters(builder.model());
  record.parameters = count.embedding + count.final_norm + count.head;
  builder.after_streams_out(record);
  builder.emit(record);
}

}  // namespace

trace::Header weight_streaming_header(const LoweringRequest& request) {
  const Geometry g = make_geometry(request);
  trace::Header header;
  header.model = request.model.name;
  header.strategy = "weight_streaming";
  header.columns = g.columns;
  header.rows = g.rows;
  header.tokens = g.tokens;
  header.batch = g.batch;
  header.sequence = g.sequence;
  header.parameters = count_parameters(request.model).total;
  header.description =
      fmt::format("{} tokens a row, {} of {} columns and {} of {} rows used, {}", g.tokens_per_row(),
                  g.columns, request.placement.columns, g.rows, request.placement.rows,
                  g.columns_per_head > 1 ? fmt::format("{} columns a head", g.columns_per_head)
                                         : fmt::format("{} heads a column", g.heads_per_column));
  return header;
}

void lower_weight_streaming(const LoweringRequest& request, const RecordSink& sink) {
  SramCheck sram(request.placement.sram_bytes);
  const RecordSink checked = [&](const Record& record) {
    sram.add(record);
    sink(record);
  };
  StepBuilder builder(request, make_geometry(request), checked);
  const std::vector<std::uint32_t> layers = layers_of(request);
  const bool whole = request.workload.layers.empty();

  if (builder.wants(Phase::forward)) {
    if (whole) {
      builder.set_operation("embedding");
      embedding_forward(builder, Layer::input_name(0));
    }
    for (const std::uint32_t layer : layers) Layer(builder, layer).forward();
    if (whole) ends_forward(builder);
  }
  if (builder.wants_backward()) {
    if (whole) ends_backward(builder, Layer::gradient_name(layers.back() + 1));
    if (builder.wants(Phase::update) && whole) update_ends(builder);
    for (const std::uint32_t layer : std::vector<std::uint32_t>(layers.rbegin(), layers.rend())) {
      Layer(builder, layer).backward();
      if (builder.wants(Phase::update)) Layer(builder, layer).update();
    }
    if (whole) {
      builder.set_layer(trace::kNoLayer);
      builder.set_operation("embedding");
      embedding_backward(builder);
    }
  } else if (builder.wants(Phase::update)) {
    for (const std::uint32_t layer : layers) Layer(builder, layer).update();
    if (whole) update_ends(builder);
  }
}

}  // namespace waferloom::models
