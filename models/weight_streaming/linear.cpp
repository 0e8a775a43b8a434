// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/linear.hpp"

#include <algorithm>

#include "core/arithmetic.hpp"
#include "models/layer_pipelined/resident_linear.hpp"
#include "models/working_buffers.hpp"

namespace waferloom::models {

using core::ceil_div;
using trace::Axis;
using trace::Dependency;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

/// Sizes of working buffers in SRAM, each taken twice so that one fills while the other drains; chosen so
/// that they stay small beside the activations (assumed; a compiler's choice on the real machine).
constexpr std::uint64_t kPartialSumBytes = 1024;
constexpr std::uint64_t kGradientBlockBytes = 2048;
constexpr std::uint64_t kGatherBytes = 1024;

/// Blocks of `features` such that one of them, at `bytes_per_feature`, stays within `limit`: a multiple of
/// the columns, as each column owns its share of the blocks.
std::uint32_t blocks_within(const StepBuilder& builder, std::uint64_t features,
                            std::uint64_t bytes_per_feature, std::uint64_t limit) {
  const Geometry& g = builder.geometry();
  const std::uint64_t per_column = g.per_column(features);
  const std::uint64_t per_block =
      std::max<std::uint64_t>(builder.buffer_bytes(limit) / std::max<std::uint64_t>(bytes_per_feature, 1), 1);
  return static_cast<std::uint32_t>(g.columns * std::max<std::uint64_t>(ceil_div(per_column, per_block), 1));
}

std::uint64_t block_features(std::uint64_t features, std::uint32_t blocks) {
  return ceil_div(features, blocks);
}

/// The product of an activation with a streamed matrix, partial sums reduced into the owners of the outputs.
void streamed_product(StepBuilder& builder, const std::string& what, std::uint64_t inputs,
                      std::uint64_t outputs, const std::string& output,
                      const std::vector<std::string>& last_uses) {
  const Geometry& g = builder.geometry();
  const std::uint64_t sum_bytes = builder.workload().precision == trace::Precision::fp16 ? 2 : 4;
  const std::uint32_t blocks =
      blocks_within(builder, outputs, g.tokens_per_row() * sum_bytes, kPartialSumBytes);
  const double density = 1.0 - builder.workload().sparsity;

  Record weights = builder.make(Kind::stream_in, what + ".weights");
  weights.blocks = blocks;
  weights.elements = {1, inputs, 0, outputs};
  weights.element_bits = builder.workload().weight_format == WeightFormat::packed ? 16 : 32;
  weights.density = density;
  weights.parameters = inputs * outputs;
  builder.share_among_lanes(weights);
  const std::uint32_t weights_id = builder.emit(weights);

  Record product = builder.make(Kind::compute, what + ".axpy");
  const std::uint32_t product_id = builder.next_id();
  product.blocks = blocks;
  product.consumes = weights_id;
  product.macs = {1, inputs, g.tokens, outputs};
  product.density = density;
  builder.add_accumulate_traffic(product);
  builder.after_last(product);
  product.after.push_back({product_id + 1, kBuffers});
  const std::string partial = product.name + ".partial";
  builder.hold(product, partial, {kBuffers * sum_bytes * block_features(outputs, blocks), 0, g.tokens, 0});
  if (!output.empty()) builder.hold(product, output, activation_bytes(g, outputs));
  for (const std::string& tensor : last_uses) builder.release(product, tensor);
  builder.emit(product);

  Record sums = builder.make(Kind::reduce, what + ".sums");
  sums.axis = Axis::x;
  sums.root = Root::alternating;
  sums.colors = builder.colors().chain_x;
  sums.blocks = blocks;
  sums.elements = {1, 0, g.tokens, outputs};
  sums.element_bits = static_cast<std::uint32_t>(8 * sum_bytes);
  sums.after.push_back({product_id, 0});
  builder.release(sums, partial);
  builder.set_last(builder.emit(sums));
}

}  // namespace

void stream_parameters(StepBuilder& builder, const std::string& what, std::uint64_t scale,
                       std::uint64_t features) {
  const Geometry& g = builder.geometry();
  if (builder.resident()) {
    builder.set_last(
        builder.emit(builder.make_compute(what + ".apply", {{}, {scale, features, g.tokens, 0}, {}})));
    return;
  }
  Record stream = builder.make(Kind::stream_in, what + ".parameters");
  stream.elements = {scale, features, 0, 0};
  stream.parameters = scale * features;
  builder.share_among_lanes(stream);
  const std::uint32_t stream_id = builder.emit(stream);
  Record apply = builder.make_compute(what + ".apply", {{}, {scale, features, g.tokens, 0}, {}});
  apply.consumes = stream_id;
  builder.set_last(builder.emit(apply));
}

void stream_gradients(StepBuilder& builder, const std::string& what, std::uint64_t scale,
                      std::uint64_t features) {
  const Geometry& g = builder.geometry();
  Record local = builder.make_compute(what + ".token_sums", {{}, {scale, features, g.tokens, 0}, {}});
  if (builder.resident()) {
    // Into the PE's own sums, which meet those of other tokens when the weights are updated.
    builder.set_last(builder.emit(local));
    return;
  }
  const std::string buffer = local.name + ".buffer";
  builder.hold(local, buffer, {4 * scale, features, 0, 0});
  const std::uint32_t local_id = builder.emit(local);
  Record sums = builder.make(Kind::reduce, what + ".sums");
  sums.axis = Axis::y;
  sums.root = builder.results_root();
  sums.colors = builder.colors().chain_y;
  sums.elements = {scale, features, 0, 0};
  sums.after.push_back({local_id, Dependency::kWhole});
  sums.drains_to = builder.next_id() + 1;
  builder.release(sums, buffer);
  builder.set_last(builder.emit(sums));
  Record out = builder.make(Kind::stream_out, what + ".gradients");
  out.elements = sums.elements;
  out.parameters = scale * features;
  builder.emit(out);
}

void linear_forward(StepBuilder& builder, const LinearShape& shape, const std::string& output,
                    const std::vector<std::string>& last_uses) {
  if (builder.resident()) {
    resident_forward(builder, shape, output);
    for (const std::string& tensor : last_uses) builder.release_later(tensor);
  } else {
    streamed_product(builder, shape.name, shape.inputs, shape.outputs, output, last_uses);
  }
  if (shape.bias) stream_parameters(builder, shape.name + ".bias", 1, shape.outputs);
}

void linear_backward_input(StepBuilder& builder, const LinearShape& shape, const std::string& output,
                           const std::vector<std::string>& last_uses) {
  if (builder.resident()) {
    resident_backward_input(builder, shape, output);
    for (const std::string& tensor : last_uses) builder.release_later(tensor);
    return;
  }
  streamed_product(builder, shape.name, shape.outputs, shape.inputs, output, last_uses);
}

void linear_backward_weight(StepBuilder& builder, const LinearShape& shape,
                            const std::vector<std::string>& last_uses) {
  if (builder.resident()) {
    resident_backward_weight(builder, shape, last_uses);
    if (shape.bias) stream_gradients(builder, shape.name + ".bias", 1, shape.outputs);
    return;
  }
  const Geometry& g = builder.geometry();
  const std::uint64_t own_inputs = g.per_column(shape.inputs);
  const std::uint32_t blocks =
      std::max(blocks_within(builder, shape.outputs, own_inputs * 4, kGradientBlockBytes),
               blocks_within(builder, shape.outputs, g.tokens_per_row() * 2, kGatherBytes));
  const std::uint64_t features = block_features(shape.outputs, blocks);

  Record gather = builder.make(Kind::broadcast, shape.name + ".gather");
  const std::uint32_t gather_id = builder.next_id();
  const std::uint32_t product_id = gather_id + 1;
  const std::uint32_t sums_id = gather_id + 2;
  const std::uint32_t out_id = gather_id + 3;
  gather.axis = Axis::x;
  gather.root = Root::alternating;
  gather.colors = builder.colors().chain_x;
  gather.blocks = blocks;
  gather.elements = {1, 0, g.tokens, shape.outputs};
  gather.element_bits = 16;
  builder.after_last(gather);
  gather.after.push_back({product_id, kGatherBuffers});
  const std::string gathered = gather.name + ".blocks";
  builder.hold(gather, gathered, {kGatherBuffers * 2 * features, 0, g.tokens, 0});
  builder.emit(gather);

  Record product = builder.make(Kind::compute, shape.name + ".dot");
  product.blocks = blocks;
  product.macs = {1, shape.inputs, g.tokens, shape.outputs};
  StepBuilder::add_dot_traffic(product, {1, shape.inputs, 0, shape.outputs});
  builder.after_last(product);
  product.after.push_back({gather_id, 0});
  product.after.push_back({sums_id, kBuffers});
  const std::string gradients = product.name + ".gradients";
  builder.hold(product, gradients, {kBuffers * 4 * features, shape.inputs, 0, 0});
  builder.release(product, gathered);
  builder.emit(product);

  Record sums = builder.make(Kind::reduce, shape.name + ".sums");
  sums.axis = Axis::y;
  sums.root = builder.results_root();
  sums.drains_to = out_id;
  sums.colors = builder.colors().chain_y;
  sums.blocks = blocks;
  sums.elements = {1, shape.inputs, 0, shape.outputs};
  sums.after.push_back({product_id, 0});
  builder.release(sums, gradients);
  for (const std::string& tensor : last_uses) builder.release(sums, tensor);
  builder.set_last(builder.emit(sums));

  Record out = builder.make(Kind::stream_out, shape.name + ".gradients");
  out.blocks = blocks;
  out.elements = sums.elements;
  out.parameters = shape.inputs * shape.outputs;
  builder.emit(out);

  if (shape.bias) stream_gradients(builder, shape.name + ".bias", 1, shape.outputs);
}

}  // namespace waferloom::models
