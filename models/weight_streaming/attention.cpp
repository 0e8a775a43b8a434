// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/attention.hpp"

#include <algorithm>

#include "core/arithmetic.hpp"
#include "models/weight_streaming/elementwise.hpp"
#include "models/working_buffers.hpp"

namespace waferloom::models {

using core::ceil_div;
using trace::Axis;
using trace::Dependency;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

constexpr std::uint64_t kGatherBlockBytes = 2048;  ///< of two gathered tensors; assumed, see linear.cpp
constexpr std::uint32_t kScoreBuffers = 2;

/// One sweep over all keys (or queries): two tensors pass by in blocks, `first_macs` products per pair and
/// feature come before the scores are whole, `second_macs` after.
struct Sweep {
  std::string name;
  std::uint64_t first_macs = 1;
  std::uint64_t second_macs = 1;
  std::uint64_t scores = 1;          ///< values per pair that a spanning head sums up
  std::vector<std::string> outputs;  ///< accumulated tensors of hidden features
};

std::uint32_t blocks_of(const StepBuilder& builder) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  const std::uint64_t bytes_per_key = 2 * 2 * g.per_column(hidden);
  const std::uint64_t scores_per_key = 4 * g.tokens_per_row() * g.heads_per_column;
  const std::uint64_t keys = std::max<std::uint64_t>(
      builder.buffer_bytes(kGatherBlockBytes) / std::max(bytes_per_key, scores_per_key), 1);
  const std::uint64_t per_row = ceil_div(g.sequence, g.rows_per_sequence());
  return static_cast<std::uint32_t>(g.rows_per_sequence() * ceil_div(per_row, std::min(keys, per_row)));
}

/// The two tensors of a row reach all rows of its sequence.
Record gather_record(StepBuilder& builder, const Sweep& sweep, std::uint32_t blocks) {
  const Geometry& g = builder.geometry();
  Record gather = builder.make(Kind::all_gather, sweep.name + ".gather");
  gather.axis = Axis::y;
  gather.pieces = g.sequence_pieces;
  gather.colors = builder.colors().chain_y;
  gather.blocks = blocks;
  gather.elements = {2, builder.model().hidden, 0, g.sequence};
  gather.element_bits = 16;
  builder.after_last(gather);
  return gather;
}

/// Sums and broadcasts of a block's scores over the columns of a head.
Record score_record(StepBuilder& builder, const Sweep& sweep, Kind kind, std::uint32_t blocks,
                    std::uint32_t order_of) {
  const Geometry& g = builder.geometry();
  Record record =
      builder.make(kind, sweep.name + (kind == Kind::reduce ? ".score_sums" : ".score_broadcast"));
  record.axis = Axis::x;
  record.pieces = g.head_pieces;
  record.root = Root::first;
  record.colors = builder.colors().chain_x;
  record.blocks = blocks;
  record.order_of = order_of;
  record.elements = {sweep.scores, 0, g.tokens, g.sequence};
  return record;
}

void run_sweep(StepBuilder& builder, const Sweep& sweep) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  const std::uint32_t blocks = blocks_of(builder);
  const bool gathers = g.sequences_span_rows();
  const bool spans = g.heads_span_columns();
  const std::uint32_t first_id = builder.next_id() + (gathers ? 1 : 0);
  const std::uint32_t gather_id = gathers ? builder.next_id() : trace::kNoRecord;
  const std::uint32_t softmax_id = first_id + (spans ? 3 : 1);
  const std::uint32_t last_id = softmax_id + 1;
  const std::uint32_t before = builder.last();

  const std::string passing = builder.prefix() + "." + sweep.name + ".passing";
  if (gathers) {
    Record gather = gather_record(builder, sweep, blocks);
    gather.after.push_back({last_id, kGatherBuffers});
    const std::uint64_t keys = ceil_div(g.sequence, blocks);
    builder.hold(gather, passing, {kGatherBuffers * 2 * 2 * keys, hidden, 0, 0});
    builder.emit(gather);
  }
  const auto compute = [&](const std::string& what, std::uint64_t macs, std::uint32_t after) {
    Record record = builder.make(Kind::compute, sweep.name + what);
    record.blocks = blocks;
    record.order_of = gather_id;
    if (macs != 0) record.macs = {macs, hidden, g.tokens, g.sequence};
    if (before != trace::kNoRecord) record.after.push_back({before, Dependency::kWhole});
    if (after != trace::kNoRecord) record.after.push_back({after, 0});
    return record;
  };
  const std::string scores = builder.prefix() + "." + sweep.name + ".scores";
  Record partial = compute(".scores", sweep.first_macs, gather_id);
  StepBuilder::add_dot_traffic(partial, {sweep.first_macs * g.heads_per_column, 0, g.tokens, g.sequence});
  partial.after.push_back({last_id, kScoreBuffers});
  builder.hold(
      partial, scores,
      {kScoreBuffers * 4 * sweep.scores * g.heads_per_column * ceil_div(g.sequence, blocks), 0, g.tokens, 0});
  builder.emit(partial);
  if (spans) {
    Record sum = score_record(builder, sweep, Kind::reduce, blocks, gather_id);
    sum.after.push_back({first_id, 0});
    builder.emit(sum);
    Record back = score_record(builder, sweep, Kind::broadcast, blocks, gather_id);
    back.after.push_back({first_id + 1, 0});
    builder.emit(back);
  }
  // Every column of a head has the whole scores.
  Record softmax = compute(".softmax", 0, softmax_id - 1);
  softmax.vector_elements = {Passes::softmax * g.heads_per_column, 0, g.tokens, g.sequence};
  StepBuilder::add_vector_traffic(softmax);
  builder.emit(softmax);
  Record values = compute(".values", sweep.second_macs, softmax_id);
  StepBuilder::add_dot_traffic(values, {sweep.second_macs, hidden, g.tokens, 0});
  for (const std::string& output : sweep.outputs) builder.hold(values, output, activation_bytes(g, hidden));
  builder.release(values, passing);
  builder.release(values, scores);
  builder.set_last(builder.emit(values));
}

}  // namespace

void attention_forward(StepBuilder& builder, const std::string& output,
                       const std::vector<std::string>& last_uses) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  if (builder.model().position == Position::rotary) {
    const std::uint64_t rotated = builder.model().rotary_dimensions * builder.model().heads;
    elementwise(builder, "rotary", 2 * Passes::rotary, rotated);
  }
  run_sweep(builder, {"keys_values", 1, 1, 1, {output}});
  Record normalize =
      builder.make_compute("normalize", {{}, {1, hidden, g.tokens, 0}, {g.heads_per_column, 0, g.tokens, 0}});
  for (const std::string& tensor : last_uses) builder.release(normalize, tensor);
  builder.set_last(builder.emit(normalize));
}

void attention_backward(StepBuilder& builder, const std::string& output, const std::string& dq,
                        const std::string& dk, const std::string& dv) {
  const std::uint64_t hidden = builder.model().hidden;
  // Row sums of the output times its gradient, which softmax's gradient needs.
  elementwise(builder, "output_products", 1, hidden,
              [&](Record& record) { builder.release(record, output); });
  if (!builder.geometry().sequences_span_rows()) {
    // Keys and queries lie in the same PEs: one sweep forms scores, dP, dV, dQ and dK.
    run_sweep(builder, {"all", 2, 3, 2, {dq, dk, dv}});
  } else {
    run_sweep(builder, {"keys_values", 2, 1, 2, {dq}});
    run_sweep(builder, {"queries_gradients", 2, 2, 2, {dk, dv}});
  }
  if (builder.model().position == Position::rotary) {
    const std::uint64_t rotated = builder.model().rotary_dimensions * builder.model().heads;
    elementwise(builder, "rotary", 2 * Passes::rotary, rotated);
  }
}

}  // namespace waferloom::models
