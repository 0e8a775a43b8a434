// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/elementwise.hpp"

#include "models/weight_streaming/linear.hpp"

namespace waferloom::models {

using trace::Axis;
using trace::Kind;
using trace::Phase;
using trace::Record;
using trace::Root;

namespace {

std::uint64_t rows_of_parameters(const Model& model) { return model.norm == Norm::layernorm ? 2 : 1; }

}  // namespace

void elementwise(StepBuilder& builder, const std::string& what, std::uint64_t passes, std::uint64_t features,
                 const std::function<void(Record&)>& adjust) {
  const Geometry& g = builder.geometry();
  Record record = builder.make_compute(what, {{}, {passes, features, g.tokens, 0}, {}});
  StepBuilder::add_vector_traffic(record);
  if (adjust) adjust(record);
  builder.set_last(builder.emit(record));
}

void elementwise(StepBuilder& builder, const std::string& what, std::uint64_t passes,
                 std::uint64_t features) {
  elementwise(builder, what, passes, features, nullptr);
}

void line_all_reduce(StepBuilder& builder, const std::string& what, Axis axis, const trace::Amount& elements,
                     std::uint32_t pieces) {
  const auto chain = [&](Kind kind, const char* step) {
    Record record = builder.make(kind, what + step);
    record.axis = axis;
    record.pieces = pieces;
    record.root = Root::first;
    record.colors = axis == Axis::x ? builder.colors().chain_x : builder.colors().chain_y;
    record.elements = elements;
    builder.after_last(record);
    builder.set_last(builder.emit(record));
  };
  chain(Kind::reduce, ".sum");
  chain(Kind::broadcast, ".broadcast");
}

void row_all_reduce(StepBuilder& builder, const std::string& what, std::uint64_t values) {
  line_all_reduce(builder, what, Axis::x, {values, 0, builder.geometry().tokens, 0});
}

void norm_forward(StepBuilder& builder, const std::string& what, const std::string& output,
                  const std::string& last_use) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  elementwise(builder, what + ".statistics", Passes::norm_statistics, hidden);
  row_all_reduce(builder, what, 2);
  Record apply = builder.make_compute(what + ".normalize",
                                      {{}, {Passes::norm_apply, hidden, g.tokens, 0}, {1, 0, g.tokens, 0}});
  if (!output.empty()) builder.hold(apply, output, activation_bytes(g, hidden));
  if (!last_use.empty()) builder.release(apply, last_use);
  builder.set_last(builder.emit(apply));
  stream_parameters(builder, what, rows_of_parameters(builder.model()), hidden);
}

void norm_recompute(StepBuilder& builder, const std::string& what, const std::string& output) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  elementwise(builder, what + ".recompute", Passes::norm_apply, hidden,
              [&](Record& record) { builder.hold(record, output, activation_bytes(g, hidden)); });
  stream_parameters(builder, what, rows_of_parameters(builder.model()), hidden);
}

void norm_backward(StepBuilder& builder, const std::string& what) {
  const std::uint64_t hidden = builder.model().hidden;
  if (builder.wants(Phase::backward_weight)) {
    builder.set_phase(Phase::backward_weight);
    stream_gradients(builder, what, rows_of_parameters(builder.model()), hidden);
  }
  if (builder.wants(Phase::backward_input)) {
    builder.set_phase(Phase::backward_input);
    elementwise(builder, what + ".products", Passes::norm_backward / 2, hidden);
    row_all_reduce(builder, what, 2);
    elementwise(builder, what + ".corrections", Passes::norm_backward / 2, hidden);
  }
}

}  // namespace waferloom::models
