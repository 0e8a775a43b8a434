// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/resident_linear.hpp"

#include <algorithm>

#include "core/arithmetic.hpp"
#include "models/working_buffers.hpp"

namespace waferloom::models {

using core::ceil_div;
using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

/// Of a working buffer in SRAM: small beside what stays, as under weight streaming (assumed).
constexpr std::uint64_t kBlockBytes = 1024;
constexpr std::uint64_t kOperandBytes = 2;

std::uint64_t sum_bytes(const StepBuilder& builder) {
  return builder.workload().precision == trace::Precision::fp16 ? 2 : 4;
}

/// What a PE keeps of a token while a product of a x b features is formed.
std::uint32_t blocks_of(const StepBuilder& builder, const LinearShape& shape) {
  const Geometry& g = builder.geometry();
  const std::uint64_t outputs = ceil_div(shape.outputs, g.rows);
  return token_blocks(builder, std::max(g.per_column(shape.inputs), outputs) * sum_bytes(builder));
}

/// What multiply_and_sum makes of a block's operand, in the builder's layout.
struct Products {
  trace::Amount macs;
  trace::Amount sums;   ///< elements of a block that are summed up
  Axis axis = Axis::x;  ///< along which
  std::string output;   ///< tensor; empty where the next record uses it up
  trace::Amount output_bytes;
};

/// Products that the arrival of `operand`, a record of as many blocks, starts, and their sums in the owners of the
/// blocks.
void multiply_and_sum(StepBuilder& builder, const std::string& what, std::uint32_t operand,
                      std::uint32_t blocks, const Products& products) {
  const Geometry& g = builder.geometry();
  const std::uint64_t bytes = sum_bytes(builder);
  Record product = builder.make(Kind::compute, what + ".products");
  const std::uint32_t product_id = builder.next_id();
  product.blocks = blocks;
  product.macs = products.macs;
  product.density = 1.0 - builder.workload().sparsity;
  builder.add_accumulate_traffic(product);
  product.after.push_back({operand, 0});
  product.after.push_back({product_id + 1, kBuffers});
  const std::string partial = product.name + ".partial";
  builder.hold(product, partial,
               {kBuffers * bytes * ceil_div(g.tokens, blocks), products.sums.x, products.sums.y, 0});
  if (!products.output.empty()) builder.hold(product, products.output, products.output_bytes);
  builder.emit(product);

  Record sums = builder.make(Kind::reduce, what + ".sums");
  sums.axis = products.axis;
  sums.root = Root::rotating;
  sums.colors = products.axis == Axis::x ? builder.colors().chain_x : builder.colors().chain_y;
  sums.blocks = blocks;
  sums.elements = products.sums;
  sums.element_bits = static_cast<std::uint32_t>(8 * bytes);
  sums.after.push_back({product_id, 0});
  builder.release(sums, partial);
  builder.set_last(builder.emit(sums));
}

}  // namespace

std::uint32_t buffer_blocks(std::uint64_t things, std::uint64_t bytes) {
  const std::uint64_t at_once = std::max<std::uint64_t>(kBlockBytes / std::max<std::uint64_t>(bytes, 1), 1);
  return static_cast<std::uint32_t>(ceil_div(things, at_once));
}

std::uint32_t token_blocks(const StepBuilder& builder, std::uint64_t bytes_per_token) {
  const Geometry& g = builder.geometry();
  // Each tile of a line owns some.
  const std::uint64_t owners = std::min<std::uint64_t>(g.tokens, std::max(g.columns, g.rows));
  return std::max(buffer_blocks(g.tokens, bytes_per_token), static_cast<std::uint32_t>(owners));
}

std::uint32_t spread(StepBuilder& builder, const std::string& what, std::uint64_t features,
                     std::uint32_t blocks, std::uint32_t taker) {
  const Geometry& g = builder.geometry();
  Record record = builder.make(Kind::broadcast, what);
  record.axis = Axis::y;
  record.root = Root::rotating;
  record.colors = builder.colors().chain_y;
  record.blocks = blocks;
  record.elements = {1, features, 0, g.tokens};
  record.element_bits = 16;
  builder.after_last(record);
  record.after.push_back({taker, kBuffers});
  builder.hold(record, record.name + ".blocks",
               {kBuffers * kOperandBytes * ceil_div(g.tokens, blocks), features, 0, 0});
  builder.release_later(record.name + ".blocks");
  return builder.emit(record);
}

void resident_forward(StepBuilder& builder, const LinearShape& shape, const std::string& output) {
  builder.set_layout(shape.input);
  const std::uint64_t tokens = builder.geometry().tokens;
  const std::uint32_t blocks = blocks_of(builder, shape);
  const std::uint32_t operand =
      spread(builder, shape.name + ".spread", shape.inputs, blocks, builder.next_id() + 1);
  multiply_and_sum(builder, shape.name, operand, blocks,
                   {{1, shape.inputs, shape.outputs, tokens},
                    {1, 0, shape.outputs, tokens},
                    Axis::x,
                    output,
                    {kOperandBytes, tokens, shape.outputs, 0}});
  builder.set_layout(other(shape.input));
}

void resident_backward_input(StepBuilder& builder, const LinearShape& shape, const std::string& output) {
  builder.set_layout(shape.input);
  const std::uint64_t tokens = builder.geometry().tokens;
  const std::uint32_t blocks = blocks_of(builder, shape);
  builder.set_layout(other(shape.input));
  const std::uint32_t operand =
      spread(builder, shape.name + ".spread", shape.outputs, blocks, builder.next_id() + 1);
  builder.set_layout(shape.input);
  multiply_and_sum(builder, shape.name, operand, blocks,
                   {{1, shape.inputs, shape.outputs, tokens},
                    {1, shape.inputs, 0, tokens},
                    Axis::y,
                    output,
                    {kOperandBytes, shape.inputs, tokens, 0}});
}

void resident_backward_weight(StepBuilder& builder, const LinearShape& shape,
                              const std::vector<std::string>& last_uses) {
  builder.set_layout(shape.input);
  const std::uint64_t tokens = builder.geometry().tokens;
  const std::uint32_t blocks = blocks_of(builder, shape);
  const std::uint32_t dot = builder.next_id() + 2;
  const std::uint32_t inputs = spread(builder, shape.name + ".inputs", shape.inputs, blocks, dot);
  builder.set_layout(other(shape.input));
  const std::uint32_t gradients = spread(builder, shape.name + ".gradients", shape.outputs, blocks, dot);
  builder.set_layout(shape.input);
  Record product = builder.make(Kind::compute, shape.name + ".dot");
  product.blocks = blocks;
  product.macs = {1, shape.inputs, shape.outputs, tokens};
  // A sum over a block's tokens is kept in a register and added to the gradient once.
  const bool fp16 = product.precision == trace::Precision::fp16;
  const std::uint64_t operand = product.precision == trace::Precision::fp32 ? 4 : kOperandBytes;
  const std::uint64_t gradient = fp16 ? 2 : 4;
  product.read_bytes = {1, shape.inputs, shape.outputs, 2 * operand * tokens + gradient * blocks};
  product.write_bytes = {1, shape.inputs, shape.outputs, gradient * blocks};
  product.after.push_back({inputs, 0});
  product.after.push_back({gradients, 0});
  for (const std::string& tensor : last_uses) builder.release(product, tensor);
  builder.set_last(builder.emit(product));
  builder.set_layout(other(shape.input));
}

}  // namespace waferloom::models
