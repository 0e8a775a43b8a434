// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/weight_streaming/attention.hpp"
#include "models/weight_streaming/elementwise.hpp"

namespace waferloom::models {

using trace::Kind;
using trace::Phase;
using trace::Record;

Layer::Layer(StepBuilder& builder, std::uint32_t index, const Kept& kept, bool loaded)
    : builder_(builder),
      index_(index),
      kept_(kept),
      loaded_(loaded),
      parallel_(builder.model().block == Block::parallel),
      second_norm_(builder.model().norms_per_layer > 1),
      matrices_(matrices(builder.model(), builder.resident())) {
  for (const MatrixShape& matrix : matrices_) {
    if (matrix.name == "projection") break;
    qkv_.push_back(matrix.name);
  }
}

std::vector<MatrixShape> Layer::matrices(const Model& model, bool resident) {
  std::vector<MatrixShape> all = layer_matrices(model);
  if (!resident) return all;
  const auto end = std::find_if(all.begin(), all.end(),
                                [](const MatrixShape& matrix) { return matrix.name == "projection"; });
  MatrixShape joined = all.front();
  joined.name = "qkv";
  joined.outputs = 0;
  for (auto matrix = all.begin(); matrix != end; ++matrix) joined.outputs += matrix->outputs;
  all.erase(all.begin(), end);
  all.insert(all.begin(), joined);
  return all;
}

Layout Layer::input_layout(const std::string& matrix) {
  return matrix == "projection" || matrix == "mlp_down" ? Layout::upright : Layout::turned;
}

std::string Layer::input_name(std::uint32_t layer) { return fmt::format("layer{}.input", layer); }
std::string Layer::gradient_name(std::uint32_t layer) { return fmt::format("layer{}.input_gradient", layer); }
std::string Layer::tensor(const std::string& name) const { return fmt::format("layer{}.{}", index_, name); }

LinearShape Layer::shape(const std::string& matrix) const {
  const auto place = std::find_if(matrices_.begin(), matrices_.end(),
                                  [&](const MatrixShape& m) { return m.name == matrix; });
  return {place->name, place->inputs, place->outputs, place->bias, input_layout(matrix)};
}

void Layer::start(Phase phase, const std::string& operation) {
  builder_.set_layer(index_);
  builder_.set_phase(phase);
  builder_.set_operation(operation);
}

/// Tensors that the forward pass leaves behind; where it is not part of the workload they are there from the
/// start.
void Layer::hold_saved(Record& record) {
  const Geometry& g = builder_.geometry();
  const Model& m = builder_.model();
  for (const std::string& name : qkv_) {
    builder_.hold(record, tensor(name), activation_bytes(g, shape(name).outputs));
  }
  builder_.hold(record, tensor("attention"), activation_bytes(g, m.query_features()));
  builder_.hold(record, input_name(index_), activation_bytes(g, m.hidden));
  if (!parallel_) builder_.hold(record, tensor("middle"), activation_bytes(g, m.hidden));
  builder_.hold(record, tensor("mlp_up"), activation_bytes(g, m.ffn));
  if (m.gated_mlp) builder_.hold(record, tensor("mlp_gate"), activation_bytes(g, m.ffn));
}

bool Layer::does(LayerPart part) const {
  if (run_ == Run::first) return true;
  if (run_ == Run::saved) return !kept_.result_of(part) && !(parallel_ && part == LayerPart::projection);
  switch (part) {
    case LayerPart::qkv:
      return !kept_.qkv && does(LayerPart::attention);
    case LayerPart::attention:
      return !kept_.attention && does(LayerPart::projection);
    case LayerPart::projection:
      // A parallel block's is needed for its output alone.
      return parallel_ || !kept_.projection;
    case LayerPart::mlp_up:
      return !kept_.mlp_up;
  }
  return true;
}

std::vector<std::string> Layer::discarded(LayerPart part, const std::vector<std::string>& names) const {
  std::vector<std::string> tensors;
  if (run_ == Run::saved || kept_.result_of(part)) return tensors;
  for (const std::string& name : names) tensors.push_back(tensor(name));
  return tensors;
}

void Layer::begin_pass(Record& record) {
  if (!loaded_) record.setup_cycles = builder_.kernel_load_cycles();
  loaded_ = true;
}

void Layer::forward(const Copy& copy) {
  attention_part_forward(trace::kNoRecord);
  // A parallel block adds its input at its end.
  const std::uint32_t copied = copy ? copy(!parallel_) : trace::kNoRecord;
  mlp_part_forward();
  mlp_down_forward(copied);
}

void Layer::forward_again(std::uint32_t after) {
  run_ = Run::output;
  attention_part_forward(after);
  mlp_part_forward();
  mlp_down_forward(trace::kNoRecord);
  run_ = Run::first;
}

void Layer::recompute(std::uint32_t after) {
  run_ = Run::saved;
  attention_part_forward(after);
  mlp_part_forward();
  run_ = Run::first;
}

void Layer::start_forward(const std::string& operation) {
  if (run_ == Run::first) return start(Phase::forward, operation);
  // Part of what the backward pass costs.
  start(builder_.backward_phase(), (run_ == Run::saved ? "again_" : "rerun_") + operation);
}

void Layer::attention_part_forward(std::uint32_t after) {
  const Geometry& g = builder_.geometry();
  const Model& m = builder_.model();
  const bool shared_norm = parallel_ && !second_norm_;
  start_forward("attention_norm");
  elementwise(builder_, "begin", 1, m.hidden, [&](Record& record) {
    begin_pass(record);
    wait_for(record, after);
    builder_.hold(record, input_name(index_), activation_bytes(g, m.hidden));
  });
  const bool qkv = does(LayerPart::qkv);
  // A parallel block's MLP works on the same norm, or has its own.
  const bool norm_for_mlp = shared_norm && does(LayerPart::mlp_up);
  if (qkv || norm_for_mlp) norm_forward(builder_, "norm", tensor("normed"));
  if (qkv) {
    start_forward("qkv");
    for (const std::string& name : qkv_) {
      std::vector<std::string> last_uses;
      if (!norm_for_mlp && name == qkv_.back()) last_uses.push_back(tensor("normed"));
      linear_forward(builder_, shape(name), tensor(name), last_uses);
    }
  }
  if (does(LayerPart::attention)) {
    start_forward("attention");
    attention_forward(builder_, tensor("attention"), discarded(LayerPart::qkv, qkv_));
  }
  if (does(LayerPart::projection)) projection_forward();
}

void Layer::projection_forward() {
  start_forward("projection");
  // The sum after attention takes the place of the projection's output.
  linear_forward(builder_, shape("projection"), tensor(parallel_ ? "projected" : "middle"),
                 discarded(LayerPart::attention, {"attention"}));
  if (parallel_) return;
  elementwise(builder_, "residual", 1, builder_.model().hidden, [&](Record& record) {
    if (drops_input()) builder_.release(record, input_name(index_));
  });
}

void Layer::mlp_part_forward() {
  const Model& m = builder_.model();
  if (!does(LayerPart::mlp_up)) return;
  if (!parallel_ || second_norm_) {
    start_forward("mlp_norm");
    norm_forward(builder_, "norm", tensor("normed"));
  }
  start_forward("mlp_up");
  if (m.gated_mlp) linear_forward(builder_, shape("mlp_gate"), tensor("mlp_gate"));
  linear_forward(builder_, shape("mlp_up"), tensor("mlp_up"), {tensor("normed")});
}

void Layer::mlp_down_forward(std::uint32_t copied) {
  const Geometry& g = builder_.geometry();
  const Model& m = builder_.model();
  start_forward("mlp_up");
  elementwise(builder_, "activation", Passes::activation + (m.gated_mlp ? 1 : 0), m.ffn, [&](Record& record) {
    // In place, where what it works on is not needed again.
    if (kept_.mlp_up) builder_.hold(record, tensor("activated"), activation_bytes(g, m.ffn));
  });
  start_forward("mlp_down");
  std::vector<std::string> last_uses = discarded(LayerPart::mlp_up, {"mlp_up", "mlp_gate"});
  last_uses.push_back(tensor("activated"));
  linear_forward(builder_, shape("mlp_down"), input_name(index_ + 1), last_uses);
  elementwise(builder_, "residual", parallel_ ? 2 : 1, m.hidden, [&](Record& record) {
    builder_.release(record, tensor("projected"));
    for (const std::string& name : discarded(LayerPart::projection, {"middle"}))
      builder_.release(record, name);
    if (drops_input()) builder_.release(record, input_name(index_));
    if (copied == trace::kNoRecord || !parallel_) return;
    record.after.push_back({copied, trace::Dependency::kWhole});
    builder_.release(record, input_name(index_));
  });
}

void Layer::linear_backward(const std::string& operation, const std::string& matrix,
                            const std::string& output, const std::vector<std::string>& last_uses) {
  const LinearShape matrix_shape = shape(matrix);
  const bool by_input = builder_.wants(Phase::backward_input);
  if (builder_.wants(Phase::backward_weight)) {
    start(Phase::backward_weight, operation);
    linear_backward_weight(builder_, matrix_shape, by_input ? std::vector<std::string>{} : last_uses);
  }
  if (by_input) {
    start(Phase::backward_input, operation);
    linear_backward_input(builder_, matrix_shape, output, last_uses);
  }
}

void Layer::backward(const Insert& insert, std::uint32_t after) {
  const Geometry& g = builder_.geometry();
  start(builder_.backward_phase(), "mlp_down");
  elementwise(builder_, "begin", 1, builder_.model().hidden, [&](Record& record) {
    begin_pass(record);
    wait_for(record, after);
    hold_saved(record);
    builder_.hold(record, gradient_name(index_ + 1), activation_bytes(g, builder_.model().hidden));
    builder_.release(record, input_name(index_ + 1));
  });
  mlp_part_backward();
  attention_part_backward(insert);
}

void Layer::mlp_part_backward() {
  const Geometry& g = builder_.geometry();
  const Model& m = builder_.model();
  const Phase phase = builder_.backward_phase();
  start(phase, "mlp_down");
  elementwise(builder_, "activation_again", Passes::activation, m.ffn, [&](Record& record) {
    builder_.hold(record, tensor("activated"), activation_bytes(g, m.ffn));
  });
  if (builder_.wants(Phase::backward_weight)) {
    start(Phase::backward_weight, "mlp_down");
    linear_backward_weight(builder_, shape("mlp_down"), {tensor("activated")});
  }
  start(phase, "mlp_down");
  if (builder_.wants(Phase::backward_input)) {
    linear_backward_input(builder_, shape("mlp_down"), tensor("mlp_up_gradient"));
  }
  start(phase, "mlp_up");
  elementwise(builder_, "activation_backward", Passes::activation_backward, m.ffn, [&](Record& record) {
    builder_.hold(record, tensor("mlp_up_gradient"), activation_bytes(g, m.ffn));
    if (m.gated_mlp) builder_.hold(record, tensor("mlp_gate_gradient"), activation_bytes(g, m.ffn));
    for (const char* name : {"activated", "mlp_up", "mlp_gate"}) builder_.release(record, tensor(name));
  });
  norm_recompute(builder_, "norm_again", tensor("normed"));
  linear_backward("mlp_up", "mlp_up", tensor("normed_gradient"), {tensor("mlp_up_gradient")});
  if (m.gated_mlp) {
    linear_backward("mlp_up", "mlp_gate", tensor("normed_gradient"), {tensor("mlp_gate_gradient")});
  }
  if (parallel_ && !second_norm_) return;  // the norm is shared with attention
  builder_.release_later(tensor("normed"));
  start(phase, "mlp_norm");
  norm_backward(builder_, "norm");
  start(phase, "mlp_norm");
  elementwise(builder_, "residual", 1, m.hidden, [&](Record& record) {
    builder_.release(record, tensor("middle"));
    if (!parallel_) builder_.release(record, tensor("normed_gradient"));
  });
}

void Layer::attention_part_backward(const Insert& insert) {
  const Geometry& g = builder_.geometry();
  const Model& m = builder_.model();
  const Phase phase = builder_.backward_phase();
  linear_backward("projection", "projection", tensor("attention_gradient"), {});
  if (insert) insert();
  start(phase, "attention");
  if (builder_.wants(Phase::backward_input)) {
    attention_backward(builder_, tensor("attention"), tensor("dq"), tensor("dk"), tensor("dv"));
  }
  elementwise(builder_, "end", 1, m.hidden, [&](Record& record) {
    builder_.hold(record, tensor("dq"), activation_bytes(g, m.query_features()));
    for (const char* name : {"dk", "dv"})
      builder_.hold(record, tensor(name), activation_bytes(g, m.kv_features()));
    for (const std::string& name : qkv_) builder_.release(record, tensor(name));
    for (const char* name : {"attention", "attention_gradient"}) builder_.release(record, tensor(name));
  });
  start(phase, "qkv");
  if (!(parallel_ && !second_norm_)) norm_recompute(builder_, "norm_again", tensor("normed"));
  for (const std::string& name : qkv_) {
    std::vector<std::string> gradients;
    for (const char one : name) gradients.push_back(tensor(std::string("d") + one));
    linear_backward("qkv", name, tensor("normed_gradient"), gradients);
  }
  builder_.release_later(tensor("normed"));
  start(phase, "attention_norm");
  norm_backward(builder_, "norm");
  start(phase, "attention_norm");
  elementwise(builder_, "residual", 1, m.hidden, [&](Record& record) {
    builder_.hold(record, gradient_name(index_), activation_bytes(g, m.hidden));
    builder_.release(record, tensor("normed_gradient"));
    builder_.release(record, gradient_name(index_ + 1));
    builder_.release(record, input_name(index_));
  });
}

void Layer::update() {
  start(Phase::update, "optimizer");
  Record record = builder_.make(Kind::update, "update");
  for (const MatrixShape& matrix : matrices_) {
    record.parameters += matrix.inputs * matrix.outputs + (matrix.bias ? matrix.outputs : 0);
  }
  record.parameters += norm_parameters_per_layer(builder_.model());
  builder_.after_streams_out(record);
  builder_.emit(record);
}

}  // namespace waferloom::models
