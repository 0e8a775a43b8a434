// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/pipeline_stage.hpp"

#include <algorithm>
#include <utility>

#include "core/arithmetic.hpp"
#include "models/layer_pipelined/resident_linear.hpp"
#include "models/layer_pipelined/stage_places.hpp"
#include "models/weight_streaming/elementwise.hpp"
#include "models/weight_streaming/layer.hpp"
#include "models/weight_streaming/model_ends.hpp"

namespace waferloom::models {

using core::ceil_div;
using trace::Axis;
using trace::Kind;
using trace::Phase;
using trace::Record;
using trace::Root;

namespace {

/// Adam's arithmetic on a parameter: two moments, their corrections, decay, step and the FP16 copy; a root and a
/// quotient (counted from its definition, Kingma and Ba 2015).
constexpr std::uint64_t kOptimizerPasses = 10;
constexpr std::uint64_t kOptimizerDivides = 2;
constexpr std::uint64_t kActivationBytes = 2;
constexpr std::uint64_t kGradientBytes = 4;

LoweringRequest request_of_stage(const LoweringRequest& whole, const core::Rectangle& place) {
  LoweringRequest request = whole;
  request.placement.columns = place.width;
  request.placement.rows = place.height;
  return request;
}

}  // namespace

PipelineStage::PipelineStage(const LoweringRequest& request, const StagePlace& place, const RecordSink& sink)
    : request_(request_of_stage(request, place.here)),
      place_(place),
      sram_(request.placement.sram_bytes,
            request.sram != nullptr ? SramCheck::Misfit::note : SramCheck::Misfit::refuse),
      checked_([this, &sink](const Record& record) {
        sram_.add(record);
        sink(record);
      }),
      builder_(request_, make_geometry(request_), checked_) {
  builder_.make_resident();
  builder_.set_origin({place.here.x, place.here.y});
}

void PipelineStage::begin(std::uint32_t micro_batch, Phase phase, const std::string& operation) {
  builder_.set_micro_batch(micro_batch);
  builder_.set_layer(layer_);
  builder_.set_phase(phase);
  builder_.set_operation(operation);
}

void PipelineStage::hold_residents(Record& record) {
  if (std::exchange(holds_residents_, true)) return;
  const bool turned = builder_.layout() == Layout::turned;
  for (const Resident& matrix : residents_) {
    // Over the builder's columns: the inputs of a matrix whose input has the builder's layout.
    const bool inputs_first = (matrix.input == Layout::turned) == turned;
    builder_.hold(record, "weights." + matrix.name,
                  {kBytesPerParameter, inputs_first ? matrix.inputs : matrix.outputs,
                   inputs_first ? matrix.outputs : matrix.inputs, 0});
  }
  if (vector_features_ != 0)
    builder_.hold(record, "weights.vectors", {kBytesPerParameter, vector_features_, 0, 0});
}

void PipelineStage::receive(const Handover& from, std::uint32_t micro_batch, bool backward) {
  const std::string& tensor = backward ? ends_.output_gradient : ends_.input;
  if (from.record == trace::kNoRecord || tensor.empty()) return;
  begin(micro_batch, backward ? builder_.backward_phase() : Phase::forward, "receive");
  const std::uint64_t hidden = request_.model.hidden;
  builder_.set_layout(Layout::turned);
  elementwise(builder_, "begin", 1, hidden, [&](Record& record) {
    hold_residents(record);
    builder_.hold(record, tensor, activation_bytes(builder_.geometry(), hidden));
  });
  take(builder_, place_.here, backward ? place_.behind : place_.before, activation(tensor), from);
  builder_.set_layout(Layout::turned);
}

Cargo PipelineStage::activation(const std::string& tensor) const {
  return {tensor, request_.model.hidden, builder_.geometry().tokens, 8 * kActivationBytes};
}

Cargo PipelineStage::table_gradient() const {
  return {"", request_.model.hidden, request_.model.vocabulary, 8 * kGradientBytes};
}

Handover PipelineStage::send_table(const core::Rectangle& to) {
  begin(0, Phase::update, "exchange");
  return send(builder_, place_.here, to, table_gradient());
}

void PipelineStage::add_table(const core::Rectangle& from, const Handover& handover) {
  begin(0, Phase::update, "exchange");
  take(builder_, place_.here, from, table_gradient(), handover);
  Record add =
      builder_.make_compute("add", {{}, {1, request_.model.vocabulary, request_.model.hidden, 0}, {}});
  add.precision = trace::Precision::fp32;
  add.read_bytes = {2 * kGradientBytes, request_.model.vocabulary, request_.model.hidden, 0};
  add.write_bytes = {kGradientBytes, request_.model.vocabulary, request_.model.hidden, 0};
  builder_.set_last(builder_.emit(add));
}

Handover PipelineStage::hand_over(const std::string& tensor, const core::Rectangle& to) {
  if (tensor.empty()) return {};
  builder_.set_layer(layer_);
  builder_.set_operation("send");
  return send(builder_, place_.here, to, activation(tensor));
}

Handover PipelineStage::forward(std::uint32_t micro_batch) {
  begin(micro_batch, Phase::forward, "");
  builder_.set_layout(Layout::turned);
  pass_forward();
  builder_.set_phase(Phase::forward);
  return hand_over(ends_.output, place_.behind);
}

Handover PipelineStage::backward(std::uint32_t micro_batch) {
  begin(micro_batch, builder_.backward_phase(), "");
  builder_.set_layout(Layout::turned);
  pass_backward();
  builder_.set_phase(builder_.backward_phase());
  return hand_over(builder_.wants(Phase::backward_input) ? ends_.input_gradient : "", place_.before);
}

void PipelineStage::update() {
  begin(0, Phase::update, "optimizer");
  builder_.set_layout(Layout::turned);
  // What each PE has of the vectors' gradients meets what other tokens' tiles have.
  if (vector_features_ != 0) line_all_reduce(builder_, "vectors", Axis::y, {1, vector_features_, 0, 0});
  const auto apply = [&](const std::string& name, std::uint64_t x, std::uint64_t y) {
    Record record =
        builder_.make_compute(name, {{}, {kOptimizerPasses, x, y, 0}, {kOptimizerDivides, x, y, 0}});
    record.precision = trace::Precision::fp32;
    record.read_bytes = {kBytesPerParameter, x, y, 0};
    record.write_bytes = {kBytesPerParameter, x, y, 0};
    builder_.set_last(builder_.emit(record));
  };
  for (const Resident& matrix : residents_) {
    builder_.set_layout(matrix.input);
    apply(matrix.name, matrix.inputs, matrix.outputs);
  }
  builder_.set_layout(Layout::turned);
  if (vector_features_ != 0) apply("vectors", vector_features_, 0);
}

namespace {

class EmbeddingStage final : public PipelineStage {
 public:
  EmbeddingStage(const LoweringRequest& request, const StagePlace& place, const RecordSink& sink)
      : PipelineStage(request, place, sink) {
    const Model& m = builder().model();
    // A table's entries lie over the columns, its features over the rows.
    add_resident({"tokens", m.hidden, m.vocabulary + m.segment_types, Layout::turned});
    if (m.position == Position::learned) add_resident({"positions", m.hidden, m.sequence, Layout::turned});
    if (m.embedding_norm) set_vectors(norm_parameters(m));
    set_ends({"", "", Layer::input_name(0), "embedding.gradient"});
  }

 private:
  /// Every column sees all tokens and gives the rows that it has; sums along the rows bring them together.
  void pass_forward() override {
    const Model& m = builder().model();
    const std::uint64_t tokens = builder().geometry().tokens;
    builder().set_operation("embedding");
    builder().set_layout(Layout::upright);
    Record stream = builder().make(Kind::stream_in, "tokens");
    stream.elements = {tokens, 0, 0, 0};
    const std::uint32_t stream_id = builder().emit(stream);
    Record lookup = builder().make_compute("lookup", {{}, {1, tokens, m.hidden, 0}, {}});
    lookup.consumes = stream_id;
    hold_residents(lookup);
    builder().hold(lookup, "embedding.rows", {kActivationBytes, tokens, m.hidden, 0});
    builder().set_last(builder().emit(lookup));
    Record sums = builder().make(Kind::reduce, "rows");
    sums.axis = Axis::x;
    sums.root = Root::rotating;
    sums.colors = builder().colors().chain_x;
    sums.blocks = token_blocks(builder(), kActivationBytes * ceil_div(m.hidden, builder().geometry().rows));
    sums.elements = {1, 0, m.hidden, tokens};
    sums.element_bits = 8 * kActivationBytes;
    builder().after_last(sums);
    builder().release(sums, "embedding.rows");
    builder().set_last(builder().emit(sums));
    builder().set_layout(Layout::turned);
    const std::uint64_t passes = m.position == Position::learned ? 2 : 1;
    elementwise(builder(), "sum", passes, m.hidden, [&](Record& record) {
      builder().hold(record, Layer::input_name(0), activation_bytes(builder().geometry(), m.hidden));
    });
    if (m.embedding_norm) norm_forward(builder(), "norm", "");
  }

  /// The gradients' rows go to all columns; those that have the entry add them up.
  void pass_backward() override {
    const Model& m = builder().model();
    builder().set_operation("embedding");
    if (m.embedding_norm) norm_backward(builder(), "norm");
    if (builder().wants(Phase::backward_weight)) {
      builder().set_phase(Phase::backward_weight);
      builder().set_layout(Layout::turned);
      const std::uint64_t tokens = builder().geometry().tokens;
      const std::uint32_t blocks =
          token_blocks(builder(), kActivationBytes * builder().geometry().per_column(m.hidden));
      const std::uint32_t rows = spread(builder(), "rows", m.hidden, blocks, builder().next_id() + 1);
      // One of the columns has a token's entry.
      Record add = builder().make(Kind::compute, "add");
      add.blocks = blocks;
      add.vector_elements = {1, m.hidden, tokens, 0};
      add.after.push_back({rows, 0});
      builder().set_last(builder().emit(add));
    }
    builder().release_later("embedding.gradient");
  }
};

class LayerStage final : public PipelineStage {
 public:
  LayerStage(const LoweringRequest& request, std::uint32_t index, const StagePlace& place,
             const RecordSink& sink)
      : PipelineStage(request, place, sink),
        layer_(builder(), index,
               kept_by_layer(request.workload, 1, true, builder().wants_backward()).front()) {
    const Model& m = builder().model();
    std::uint64_t vectors = m.norms_per_layer * norm_parameters(m);
    for (const MatrixShape& matrix : Layer::matrices(m, true)) {
      add_resident({matrix.name, matrix.inputs, matrix.outputs, Layer::input_layout(matrix.name)});
      if (matrix.bias) vectors += matrix.outputs;
    }
    set_vectors(vectors);
    set_place(index);
    set_ends({Layer::input_name(index), Layer::gradient_name(index), Layer::input_name(index + 1),
              Layer::gradient_name(index + 1)});
  }

 private:
  void pass_forward() override { layer_.forward(); }
  void pass_backward() override {
    if (builder().workload().activations != Activations::keep) layer_.recompute();
    layer_.backward();
  }

  Layer layer_;
};

class LossStage final : public PipelineStage {
 public:
  LossStage(const LoweringRequest& request, const StagePlace& place, const RecordSink& sink)
      : PipelineStage(request, place, sink) {
    const Model& m = builder().model();
    if (m.head) add_resident({"head", m.hidden, m.vocabulary, Layout::turned});
    if (m.final_norm) set_vectors(norm_parameters(m));
    set_ends({"loss.input", "loss.gradient", "", ""});
  }

 private:
  void pass_forward() override {
    ends_forward(builder(), "loss.input");
    if (!builder().wants_backward()) builder().release_later("final");
    builder().release_later("loss.input");
  }
  void pass_backward() override {
    ends_backward(builder(), "loss.gradient");
    builder().release_later("final");
  }
};

}  // namespace

std::unique_ptr<PipelineStage> make_embedding_stage(const LoweringRequest& request, const StagePlace& place,
                                                    const RecordSink& sink) {
  return std::make_unique<EmbeddingStage>(request, place, sink);
}

std::unique_ptr<PipelineStage> make_layer_stage(const LoweringRequest& request, std::uint32_t layer,
                                                const StagePlace& place, const RecordSink& sink) {
  return std::make_unique<LayerStage>(request, layer, place, sink);
}

std::unique_ptr<PipelineStage> make_loss_stage(const LoweringRequest& request, const StagePlace& place,
                                               const RecordSink& sink) {
  return std::make_unique<LossStage>(request, place, sink);
}

}  // namespace waferloom::models
