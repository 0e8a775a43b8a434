// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/weight_streaming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/config/origin.hpp"
#include "models/geometry.hpp"
#include "models/sram_check.hpp"
#include "models/step_builder.hpp"
#include "models/weight_streaming/embedding.hpp"
#include "models/weight_streaming/lanes.hpp"
#include "models/weight_streaming/layer.hpp"
#include "models/weight_streaming/model_ends.hpp"
#include "models/weight_streaming/row_streams.hpp"

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
    throw core::config::KeyError({"workload.layers", "workload.model"},
                                 fmt::format("expected layers below {}, those of {}, got {}",
                                             request.model.layers, request.model.name, layers.back()));
  }
  return layers;
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

/// Forward and backward of one micro-batch; the last one ends with the updates.
class Pass {
 public:
  Pass(StepBuilder& builder, const LoweringRequest& request, bool last)
      : builder_(builder),
        layers_(layers_of(request)),
        whole_(request.workload.layers.empty()),
        updates_(last && builder.wants(Phase::update)),
        activations_(request.workload.activations) {}

  void forward() {
    if (whole_) {
      builder_.set_layer(trace::kNoLayer);
      builder_.set_phase(Phase::forward);
      builder_.set_operation("embedding");
      embedding_forward(builder_, Layer::input_name(0));
    }
    for (const std::uint32_t layer : layers_) {
      Layer current(builder_, layer);
      if (is_spilled(layer)) {
        current.forward([this, layer](bool release) { return spill(layer, release); });
      } else {
        current.forward();
      }
    }
    if (whole_) ends_forward(builder_);
  }

  void backward() {
    if (whole_) ends_backward(builder_, Layer::gradient_name(layers_.back() + 1));
    if (updates_ && whole_) update_ends(builder_);
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      Layer current(builder_, *layer);
      if (activations_ != Activations::keep && builder_.wants(Phase::forward)) {
        current.recompute(is_spilled(*layer) ? fetched_ : trace::kNoRecord);
      }
      const auto below = layer + 1;
      if (below != layers_.rend() && is_spilled(*below)) {
        current.backward([this, below] { fetch(*below); });
      } else {
        current.backward();
      }
      if (updates_) current.update();
    }
    if (whole_) {
      builder_.set_layer(trace::kNoLayer);
      builder_.set_operation("embedding");
      embedding_backward(builder_);
    }
  }

  void update() {
    for (const std::uint32_t layer : layers_) Layer(builder_, layer).update();
    if (whole_) update_ends(builder_);
  }

 private:
  /// The last layer's input is needed again at once, and stays.
  [[nodiscard]] bool is_spilled(std::uint32_t layer) const {
    return activations_ == Activations::spill && builder_.wants(Phase::forward) &&
           builder_.wants_backward() && layer != layers_.back();
  }
  std::uint32_t spill(std::uint32_t layer, bool release) {
    builder_.set_layer(layer);
    builder_.set_phase(Phase::forward);
    builder_.set_operation("spill");
    const Spilled spilled = spill_out(builder_, "input", Layer::input_name(layer), release);
    spilled_[layer] = spilled.out;
    return spilled.read;
  }
  void fetch(std::uint32_t layer) {
    builder_.set_layer(layer);
    builder_.set_phase(builder_.backward_phase());
    builder_.set_operation("spill");
    fetched_ = spill_in(builder_, "input", Layer::input_name(layer), spilled_.at(layer));
  }

  StepBuilder& builder_;
  std::vector<std::uint32_t> layers_;
  bool whole_;
  bool updates_;
  Activations activations_;
  std::map<std::uint32_t, std::uint32_t>
      spilled_;                               ///< by layer, the record that brought its input to the host
  std::uint32_t fetched_ = trace::kNoRecord;  ///< the record that takes the next layer's input back
};

}  // namespace

trace::Header weight_streaming_header(const LoweringRequest& request) {
  check_micro_batch(request.workload);
  const std::uint32_t lanes = request.workload.lanes;
  const Geometry g = make_geometry(LaneRequest(request).request());
  const std::uint64_t batches = request.workload.batch / request.workload.at_once();
  trace::Header header;
  header.model = request.model.name;
  header.strategy = "weight_streaming";
  header.columns = g.columns * lanes;
  header.rows = g.rows;
  header.tokens = g.tokens * batches * lanes;
  header.batch = request.workload.batch;
  header.sequence = g.sequence;
  header.parameters = count_parameters(request.model).total;
  header.description =
      fmt::format("{} tokens a row, {} of {} columns and {} of {} rows used, {}", g.tokens_per_row(),
                  header.columns, request.placement.columns, g.rows, request.placement.rows,
                  g.heads_span_columns() ? fmt::format("{} to {} columns a head", g.columns / g.head_pieces,
                                                       (g.columns + g.head_pieces - 1) / g.head_pieces)
                                         : fmt::format("{} heads a column", g.heads_per_column));
  if (lanes > 1) header.description += fmt::format(", {} lanes", lanes);
  if (batches > 1) header.description += fmt::format(", {} micro-batches", batches);
  return header;
}

void lower_weight_streaming(const LoweringRequest& request, const RecordSink& sink) {
  check_micro_batch(request.workload);
  const LaneRequest of_lane(request);
  const LoweringRequest& lane = of_lane.request();
  const Geometry geometry = make_geometry(lane);
  const RecordSink on_lanes = on_all_lanes(request.workload.lanes, geometry.columns, sink);
  SramCheck own(request.placement.sram_bytes);
  SramCheck& sram = request.sram != nullptr ? *request.sram : own;
  const RecordSink checked = [&](const Record& record) {
    sram.add(record);
    on_lanes(record);
  };
  StepBuilder builder(lane, geometry, checked);
  const auto batches = static_cast<std::uint32_t>(request.workload.batch / request.workload.at_once());
  for (std::uint32_t i = 0; i < batches; ++i) {
    builder.set_micro_batch(i);
    Pass pass(builder, lane, i + 1 == batches);
    if (builder.wants(Phase::forward)) pass.forward();
    if (builder.wants_backward()) {
      pass.backward();
    } else if (builder.wants(Phase::update) && i + 1 == batches) {
      pass.update();
    }
  }
}

}  // namespace waferloom::models
