// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/pass.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/origin.hpp"
#include "models/weight_streaming/embedding.hpp"
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

}  // namespace

Pass::Pass(StepBuilder& builder, const std::vector<Geometry>& parts, const LoweringRequest& request,
           bool last)
    : builder_(builder),
      parts_(parts),
      layers_(layers_of(request)),
      whole_(request.workload.layers.empty()),
      last_(last),
      wants_forward_(builder.wants(Phase::forward)),
      wants_backward_(builder.wants_backward()) {
  kept_ = kept_by_layer(request.workload, static_cast<std::uint32_t>(layers_.size()), wants_forward_,
                        wants_backward_);
}

void Pass::run() {
  if (wants_forward_) forward();
  if (whole_ && (wants_forward_ || wants_backward_)) ends();
  if (wants_backward_) backward();
  if (!wants_backward_ && last_ && builder_.wants(Phase::update)) update();
}

void Pass::begin_part(std::uint32_t part) { builder_.set_part(part, parts_[part]); }

void Pass::begin_ends(Phase phase, const char* operation) {
  builder_.set_layer(trace::kNoLayer);
  builder_.set_phase(phase);
  builder_.set_operation(operation);
}

void Pass::forward() {
  if (whole_) {
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      begin_part(part);
      begin_ends(Phase::forward, "embedding");
      embedding_forward(builder_, Layer::input_name(0));
    }
  }
  for (std::size_t place = 0; place < layers_.size(); ++place) {
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      begin_part(part);
      Layer layer(builder_, layers_[place], kept_[place], part != 0);
      if (kept_[place].spilled) {
        layer.forward([&](bool release) { return spill(place, part, release); });
      } else {
        layer.forward();
      }
    }
  }
}

void Pass::ends() {
  const std::uint32_t behind = layers_.back() + 1;
  for (std::uint32_t part = 0; part < parts_.size(); ++part) {
    begin_part(part);
    if (wants_forward_) ends_forward(builder_, Layer::input_name(behind));
    if (wants_backward_) ends_backward(builder_, Layer::gradient_name(behind));
  }
  if (!wants_backward_ || !last_ || !builder_.wants(Phase::update)) return;
  update_ends();
}

void Pass::backward() {
  const bool updates = last_ && builder_.wants(Phase::update);
  for (std::size_t end = layers_.size(); end > 0;) {
    const std::size_t first = group_of(end - 1);
    bring_inputs(first, end - 1);
    for (std::size_t place = end; place-- > first;) {
      for (std::uint32_t part = 0; part < parts_.size(); ++part) {
        begin_part(part);
        layer_backward(place, part);
      }
      if (updates) Layer(builder_, layers_[place], kept_[place]).update();
    }
    end = first;
  }
  if (!whole_) return;
  for (std::uint32_t part = 0; part < parts_.size(); ++part) {
    begin_part(part);
    builder_.set_layer(trace::kNoLayer);
    builder_.set_operation("embedding");
    models::embedding_backward(builder_);
  }
}

std::size_t Pass::group_of(std::size_t place) const {
  while (!kept_[place].input) --place;
  return place;
}

void Pass::bring_inputs(std::size_t first, std::size_t last) {
  for (std::size_t place = first; place < last; ++place) {
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      begin_part(part);
      Layer(builder_, layers_[place], kept_[place], part != 0).forward_again(fetched(place, part));
    }
  }
}

void Pass::layer_backward(std::size_t place, std::uint32_t part) {
  Layer layer(builder_, layers_[place], kept_[place], part != 0);
  std::uint32_t after = fetched(place, part);
  if (wants_forward_ && !kept_[place].all()) {
    layer.recompute(after);
    after = trace::kNoRecord;
  }
  // The next group's input returns while columns are free.
  if (place != 0 && kept_[place].input && kept_[group_of(place - 1)].spilled) {
    layer.backward([&] { fetch(group_of(place - 1), part); }, after);
  } else {
    layer.backward(nullptr, after);
  }
}

void Pass::update_ends() {
  begin_ends(Phase::update, "optimizer");
  Record record = builder_.make(trace::Kind::update, "update");
  const ParameterCount count = count_parameters(builder_.model());
  record.parameters = count.embedding + count.final_norm + count.head;
  builder_.after_streams_out(record);
  builder_.emit(record);
}

void Pass::update() {
  for (std::size_t place = 0; place < layers_.size(); ++place) {
    Layer(builder_, layers_[place], kept_[place]).update();
  }
  if (!whole_) return;
  update_ends();
}

std::uint32_t Pass::spill(std::size_t place, std::uint32_t part, bool release) {
  builder_.set_layer(layers_[place]);
  builder_.set_phase(Phase::forward);
  builder_.set_operation("spill");
  const Spilled spilled = spill_out(builder_, "input", Layer::input_name(layers_[place]), release);
  spilled_[{place, part}] = spilled.out;
  return spilled.read;
}

void Pass::fetch(std::size_t place, std::uint32_t part) {
  builder_.set_layer(layers_[place]);
  builder_.set_phase(builder_.backward_phase());
  builder_.set_operation("spill");
  fetched_[{place, part}] =
      spill_in(builder_, "input", Layer::input_name(layers_[place]), spilled_.at({place, part}));
}

std::uint32_t Pass::fetched(std::size_t place, std::uint32_t part) {
  const auto found = fetched_.find({place, part});
  if (found == fetched_.end()) return trace::kNoRecord;
  const std::uint32_t record = found->second;
  fetched_.erase(found);
  return record;
}

}  // namespace waferloom::models
