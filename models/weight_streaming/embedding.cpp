// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/embedding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/weight_streaming/elementwise.hpp"
#include "models/weight_streaming/linear.hpp"
#include "models/weight_streaming/row_streams.hpp"

namespace waferloom::models {

using trace::Phase;
using trace::Record;

namespace {

/// SRAM for the logits of a chunk of the vocabulary; assumed, small beside the activations.
constexpr std::uint64_t kLogitBytes = 4096;

struct Chunk {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

std::vector<Chunk> vocabulary_chunks(const StepBuilder& builder) {
  const Geometry& g = builder.geometry();
  const std::uint64_t vocabulary = builder.model().vocabulary;
  const std::uint64_t per_column =
      std::max<std::uint64_t>(builder.buffer_bytes(kLogitBytes) / (2 * g.tokens_per_row()), 1);
  const std::uint64_t count = (g.per_column(vocabulary) + per_column - 1) / per_column;
  std::vector<Chunk> chunks;
  for (std::uint64_t i = 0; i < count; ++i) {
    chunks.push_back({core::share_begin(vocabulary, count, i), core::share(vocabulary, count, i)});
  }
  return chunks;
}

LinearShape head_shape(const StepBuilder& builder, const Chunk& chunk, std::size_t index) {
  return {fmt::format("chunk{}", index), builder.model().hidden, chunk.size, builder.model().head_bias};
}

}  // namespace

void embedding_forward(StepBuilder& builder, const std::string& output) {
  const Geometry& g = builder.geometry();
  rows_in(builder, "tokens", g.tokens, output);
  if (builder.model().position == Position::learned)
    parameter_rows_in(builder, "positions", g.sequence, output);
  if (builder.model().segment_types != 0)
    parameter_rows_in(builder, "segments", builder.model().segment_types, output);
  if (builder.model().embedding_norm) norm_forward(builder, "norm", "");
}

void embedding_backward(StepBuilder& builder) {
  const Geometry& g = builder.geometry();
  if (builder.model().embedding_norm) norm_backward(builder, "norm");
  if (!builder.wants(Phase::backward_weight)) return;
  builder.set_phase(Phase::backward_weight);
  gradient_rows_out(builder, "tokens", g.tokens);
  if (builder.model().position == Position::learned) gradient_rows_out(builder, "positions", g.sequence);
  if (builder.model().segment_types != 0)
    gradient_rows_out(builder, "segments", builder.model().segment_types);
}

void loss_forward(StepBuilder& builder) {
  const std::vector<Chunk> chunks = vocabulary_chunks(builder);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::string logits = builder.prefix() + ".logits";
    linear_forward(builder, head_shape(builder, chunks[i], i), logits);
    elementwise(builder, fmt::format("chunk{}.softmax", i), Passes::softmax, chunks[i].size,
                [&](Record& record) { builder.release(record, logits); });
  }
  row_all_reduce(builder, "softmax", 2);  // maximum and sum of each token
}

void loss_backward(StepBuilder& builder, const std::string& output) {
  const Geometry& g = builder.geometry();
  const std::vector<Chunk> chunks = vocabulary_chunks(builder);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const LinearShape shape = head_shape(builder, chunks[i], i);
    // The logits are computed again for each part of the backward pass that is wanted.
    builder.set_phase(builder.backward_phase());
    const std::string logits = builder.prefix() + ".logits";
    linear_forward(builder, {shape.name + ".logits", shape.inputs, shape.outputs, shape.bias}, logits);
    elementwise(builder, fmt::format("chunk{}.gradient", i), Passes::softmax, chunks[i].size);
    if (builder.wants(Phase::backward_weight)) {
      builder.set_phase(Phase::backward_weight);
      linear_backward_weight(builder, shape);
    }
    if (builder.wants(Phase::backward_input)) {
      builder.set_phase(Phase::backward_input);
      linear_backward_input(builder, {shape.name + ".input", shape.inputs, shape.outputs, false}, output);
    }
    elementwise(builder, fmt::format("chunk{}.done", i), 1, builder.model().hidden, [&](Record& record) {
      builder.hold(record, output, activation_bytes(g, builder.model().hidden));
      builder.release(record, logits);
    });
  }
}

}  // namespace waferloom::models
