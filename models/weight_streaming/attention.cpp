// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/attention.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/arithmetic.hpp"
#include "core/geometry.hpp"
#include "models/weight_streaming/elementwise.hpp"
#include "models/weight_streaming/linear.hpp"
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
/// Of the sums for dK and dV of the keys of a sweep. Assumed: a sixth of a PE's SRAM.
constexpr std::uint64_t kKeySumBytes = 8192;
/// Sweeps that the keys may be cut into for that: each fills and drains the chains along rows and columns anew.
constexpr std::uint32_t kMostKeySweeps = 24;

/// One sweep over keys (or queries): two tensors pass by in blocks, `first_macs` products per pair and
/// feature come before the scores are whole, `second_macs` after.
struct Sweep {
  std::string name;
  std::uint64_t first_macs = 1;
  std::uint64_t second_macs = 1;
  std::uint64_t scores = 1;    ///< values per pair and head that spanning heads sum up
  std::uint64_t gathered = 0;  ///< features of each of the two tensors that pass by
  struct Output {
    std::string tensor;
    std::uint64_t features = 0;
  };
  std::vector<Output> outputs;  ///< accumulated
  /// The keys of each row may be shared out to several sweeps: those of this one.
  std::uint32_t part = 0;
  std::uint32_t parts = 1;
  std::string sums{};  ///< the tensor of sums over rows that is formed besides; none: empty
};

/// Of an amount that all sweeps over the same keys share.
std::uint64_t share_of(const Sweep& sweep, std::uint64_t all) {
  return core::share(all, sweep.parts, sweep.part);
}

std::uint32_t blocks_of(const StepBuilder& builder, const Sweep& sweep) {
  const Geometry& g = builder.geometry();
  const std::uint64_t bytes_per_key = 2 * 2 * g.per_column(sweep.gathered);
  const std::uint64_t scores_per_key = 4 * g.tokens_per_row() * g.heads_per_piece;
  const std::uint64_t keys = std::max<std::uint64_t>(
      builder.buffer_bytes(kGatherBlockBytes) / std::max(bytes_per_key, scores_per_key), 1);
  const std::uint64_t per_row = ceil_div(share_of(sweep, g.sequence), g.rows_per_sequence());
  return static_cast<std::uint32_t>(g.rows_per_sequence() * ceil_div(per_row, std::min(keys, per_row)));
}

/// Keys of a query, over all blocks.
std::uint64_t attended(const StepBuilder& builder, const Sweep& sweep) {
  return share_of(sweep, attended_keys(builder.model(), builder.workload(), builder.geometry().sequence));
}

/// The two tensors of a row reach all rows of its sequence.
Record gather_record(StepBuilder& builder, const Sweep& sweep, std::uint32_t blocks) {
  const Geometry& g = builder.geometry();
  Record gather = builder.make(Kind::broadcast, sweep.name + ".gather");
  gather.axis = Axis::y;
  gather.root = Root::alternating;
  gather.pieces = g.sequence_pieces;
  gather.colors = builder.colors().chain_y;
  gather.blocks = blocks;
  gather.elements = {2, sweep.gathered, 0, share_of(sweep, g.sequence)};
  gather.element_bits = 16;
  builder.after_last(gather);
  return gather;
}

/// Sums and broadcasts of a block's scores over the columns of a piece.
Record score_record(StepBuilder& builder, const Sweep& sweep, Kind kind, std::uint32_t blocks) {
  const Geometry& g = builder.geometry();
  Record record =
      builder.make(kind, sweep.name + (kind == Kind::reduce ? ".score_sums" : ".score_broadcast"));
  record.axis = Axis::x;
  record.pieces = g.head_pieces;
  record.root = Root::first;
  record.colors = builder.colors().chain_x;
  record.blocks = blocks;
  record.elements = {sweep.scores * g.heads_per_piece, 0, g.tokens, attended(builder, sweep)};
  return record;
}

/// Of the sums over rows for dK and dV of so many keys.
trace::Amount key_sum_bytes(const StepBuilder& builder, std::uint64_t keys) {
  return {2 * 4 * keys, builder.model().kv_features(), 0, 0};
}

void run_sweep(StepBuilder& builder, const Sweep& sweep) {
  const Geometry& g = builder.geometry();
  const std::uint64_t features = builder.model().query_features();
  const std::uint32_t blocks = blocks_of(builder, sweep);
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
    const std::uint64_t keys = ceil_div(share_of(sweep, g.sequence), blocks);
    builder.hold(gather, passing, {kGatherBuffers * 2 * 2 * keys, sweep.gathered, 0, 0});
    builder.emit(gather);
  }
  const auto compute = [&](const std::string& what, std::uint64_t macs, std::uint32_t after) {
    Record record = builder.make(Kind::compute, sweep.name + what);
    record.blocks = blocks;
    if (macs != 0) record.macs = {macs, features, g.tokens, attended(builder, sweep)};
    wait_for(record, before);
    if (after != trace::kNoRecord) record.after.push_back({after, 0});
    return record;
  };
  const std::string scores = builder.prefix() + "." + sweep.name + ".scores";
  Record partial = compute(".scores", sweep.first_macs, gather_id);
  StepBuilder::add_dot_traffic(partial,
                               {sweep.first_macs * g.heads_per_piece, 0, g.tokens, attended(builder, sweep)});
  partial.after.push_back({last_id, kScoreBuffers});
  builder.hold(
      partial, scores,
      {kScoreBuffers * 4 * sweep.scores * g.heads_per_piece * ceil_div(share_of(sweep, g.sequence), blocks),
       0, g.tokens, 0});
  builder.emit(partial);
  if (spans) {
    Record sum = score_record(builder, sweep, Kind::reduce, blocks);
    sum.after.push_back({first_id, 0});
    builder.emit(sum);
    Record back = score_record(builder, sweep, Kind::broadcast, blocks);
    back.after.push_back({first_id + 1, 0});
    builder.emit(back);
  }
  // Every column of a piece has the whole scores.
  Record softmax = compute(".softmax", 0, softmax_id - 1);
  softmax.vector_elements = {Passes::softmax * g.heads_per_piece, 0, g.tokens, attended(builder, sweep)};
  StepBuilder::add_vector_traffic(softmax);
  builder.emit(softmax);
  Record values = compute(".values", sweep.second_macs, softmax_id);
  StepBuilder::add_dot_traffic(values, {sweep.second_macs, features, g.tokens, 0});
  for (const Sweep::Output& output : sweep.outputs)
    builder.hold(values, output.tensor, activation_bytes(g, output.features));
  if (!sweep.sums.empty())
    builder.hold(values, sweep.sums, key_sum_bytes(builder, share_of(sweep, g.sequence)));
  builder.release(values, passing);
  builder.release(values, scores);
  builder.set_last(builder.emit(values));
}

/// Rotates heads of queries and of keys; a piece has as many of each.
void rotate(StepBuilder& builder) {
  const Model& m = builder.model();
  if (m.position != Position::rotary) return;
  elementwise(builder, "rotary", (m.heads / m.kv_heads() + 1) * Passes::rotary,
              m.rotary_dimensions * m.kv_heads());
}

/// Per token one value for each head of queries and of keys, summed over a piece.
void sum_of_heads(StepBuilder& builder, const std::string& what) {
  const Geometry& g = builder.geometry();
  if (!g.heads_span_columns()) return;
  const std::uint64_t values = g.heads_per_piece + builder.model().kv_heads() / g.head_pieces;
  line_all_reduce(builder, what, Axis::x, {values, 0, g.tokens, 0}, g.head_pieces);
}

/// Every piece has the norms' weights of its own heads: one for each feature of a head, of queries and of keys.
constexpr std::uint64_t kHeadNormRows = 2;

void head_norm_forward(StepBuilder& builder) {
  const Model& m = builder.model();
  if (!m.query_key_norm) return;
  const Geometry& g = builder.geometry();
  const std::uint64_t features = m.query_features() + m.kv_features();
  elementwise(builder, "head_norm.statistics", 1, features);
  sum_of_heads(builder, "head_norm");
  Record apply = builder.make_compute(
      "head_norm.normalize",
      {{}, {Passes::norm_apply, features, g.tokens, 0}, {g.heads_per_piece + 1, 0, g.tokens, 0}});
  builder.set_last(builder.emit(apply));
  stream_parameters(builder, "head_norm", kHeadNormRows, m.kv_features());
}

void head_norm_backward(StepBuilder& builder) {
  const Model& m = builder.model();
  if (!m.query_key_norm) return;
  const trace::Phase phase = builder.backward_phase();
  const std::uint64_t features = m.query_features() + m.kv_features();
  if (builder.wants(trace::Phase::backward_weight)) {
    builder.set_phase(trace::Phase::backward_weight);
    stream_gradients(builder, "head_norm", kHeadNormRows, m.kv_features());
  }
  if (builder.wants(trace::Phase::backward_input)) {
    builder.set_phase(trace::Phase::backward_input);
    elementwise(builder, "head_norm.products", Passes::norm_backward / 2, features);
    sum_of_heads(builder, "head_norm");
    elementwise(builder, "head_norm.corrections", Passes::norm_backward / 2, features);
  }
  builder.set_phase(phase);
}

/// How many sweeps over a share of the keys each have room for their sums for dK and dV; 0: too many.
std::uint32_t key_sweeps(const StepBuilder& builder) {
  const Geometry& g = builder.geometry();
  const std::uint64_t bytes = 2 * 4 * g.per_column(builder.model().kv_features()) * g.sequence;
  const std::uint64_t sweeps = ceil_div(bytes, builder.buffer_bytes(kKeySumBytes));
  return sweeps <= std::min<std::uint64_t>(kMostKeySweeps, g.sequence / g.rows_per_sequence())
             ? static_cast<std::uint32_t>(sweeps)
             : 0;
}

/// Five products: keys and values pass by a share after the other. What the rows add to dK and dV of a share's keys is
/// summed along the columns into the rows that hold them, before the next share passes by.
void sweep_over_keys(StepBuilder& builder, std::uint32_t sweeps, const Sweep::Output& dq,
                     const Sweep::Output& dk, const Sweep::Output& dv) {
  const Geometry& g = builder.geometry();
  const std::string sums = builder.prefix() + ".key_sums";
  for (std::uint32_t i = 0; i < sweeps; ++i) {
    const std::string name = fmt::format("keys_values{}", i);
    const Sweep sweep{name, 2, 3, 2, dk.features, {dq}, i, sweeps, sums};
    run_sweep(builder, sweep);
    Record sum = builder.make(Kind::reduce, name + ".key_sums");
    sum.axis = Axis::y;
    sum.pieces = g.sequence_pieces;
    sum.root = Root::rotating;
    sum.colors = builder.colors().chain_y;
    sum.blocks = g.rows_per_sequence();
    sum.elements = {2, dk.features, 0, share_of(sweep, g.sequence)};
    builder.after_last(sum);
    for (const Sweep::Output& output : {dk, dv}) {
      builder.hold(sum, output.tensor, activation_bytes(g, output.features));
    }
    builder.release(sum, sums);
    builder.set_last(builder.emit(sum));
  }
}

}  // namespace

void attention_forward(StepBuilder& builder, const std::string& output,
                       const std::vector<std::string>& last_uses) {
  const Geometry& g = builder.geometry();
  const std::uint64_t queries = builder.model().query_features();
  head_norm_forward(builder);
  rotate(builder);
  run_sweep(builder, {"keys_values", 1, 1, 1, builder.model().kv_features(), {{output, queries}}});
  Record normalize =
      builder.make_compute("normalize", {{}, {1, queries, g.tokens, 0}, {g.heads_per_piece, 0, g.tokens, 0}});
  for (const std::string& tensor : last_uses) builder.release(normalize, tensor);
  builder.set_last(builder.emit(normalize));
}

void attention_backward(StepBuilder& builder, const std::string& output, const std::string& dq,
                        const std::string& dk, const std::string& dv) {
  const std::uint64_t queries = builder.model().query_features();
  const std::uint64_t keys = builder.model().kv_features();
  // Row sums of the output times its gradient, which softmax's gradient needs.
  elementwise(builder, "output_products", 1, queries,
              [&](Record& record) { builder.release(record, output); });
  if (!builder.geometry().sequences_span_rows()) {
    // Keys and queries lie in the same PEs: one sweep forms scores, dP, dV, dQ and dK.
    run_sweep(builder, {"all", 2, 3, 2, keys, {{dq, queries}, {dk, keys}, {dv, keys}}});
  } else if (const std::uint32_t sweeps = key_sweeps(builder); sweeps != 0) {
    sweep_over_keys(builder, sweeps, {dq, queries}, {dk, keys}, {dv, keys});
  } else {
    run_sweep(builder, {"keys_values", 2, 1, 2, keys, {{dq, queries}}});
    run_sweep(builder, {"queries_gradients", 2, 2, 2, queries, {{dk, keys}, {dv, keys}}});
  }
  rotate(builder);
  head_norm_backward(builder);
}

}  // namespace waferloom::models
