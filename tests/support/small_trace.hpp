// SPDX-License-Identifier: Apache-2.0
// A hand-made trace of one linear layer, forward and backward by weight, for tests of the replay alone.
#pragma once

#include <string>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::test {

struct LinearShape {
  std::uint32_t columns = 4;
  std::uint32_t rows = 4;
  std::uint64_t inputs = 16;
  std::uint64_t outputs = 24;
  std::uint64_t tokens = 8;
  std::uint32_t blocks = 8;  ///< a multiple of the columns
  std::uint32_t io_colors = 4;
};

inline std::vector<trace::Record> linear_trace(const LinearShape& shape) {
  using trace::Amount;
  using trace::Dependency;
  using trace::Kind;
  const auto io = static_cast<std::uint8_t>(shape.io_colors);
  std::vector<std::uint8_t> io_colors;
  for (std::uint8_t c = 0; c < io; ++c) io_colors.push_back(c);
  const auto four = [](int first) {
    std::vector<std::uint8_t> colors;
    for (int i = 0; i < 4; ++i) colors.push_back(static_cast<std::uint8_t>(first + i));
    return colors;
  };
  std::vector<trace::Record> records;
  const auto add = [&](const char* name, Kind kind, trace::Phase phase) -> trace::Record& {
    trace::Record& r = records.emplace_back();
    r.id = static_cast<std::uint32_t>(records.size() - 1);
    r.name = name;
    r.layer = 0;
    r.phase = phase;
    r.operation = "linear";
    r.kind = kind;
    r.area = {0, 0, shape.columns, shape.rows};
    r.blocks = shape.blocks;
    return r;
  };
  auto& weights = add("weights", Kind::stream_in, trace::Phase::forward);
  weights.colors = io_colors;
  weights.elements = {1, shape.inputs, 0, shape.outputs};
  auto& axpy = add("axpy", Kind::compute, trace::Phase::forward);
  axpy.consumes = 0;
  axpy.macs = {1, shape.inputs, shape.tokens, shape.outputs};
  axpy.after = {{2, 2}};
  axpy.allocates = {{"partial sums", {2 * 4 * 3, 0, shape.tokens, 0}}};
  auto& reduce = add("row reduce", Kind::reduce, trace::Phase::forward);
  reduce.axis = trace::Axis::x;
  reduce.root = trace::Root::rotating;
  reduce.colors = four(io);
  reduce.elements = {1, 0, shape.tokens, shape.outputs};
  reduce.after = {{1, 0}};
  reduce.frees = {"partial sums"};
  auto& gather = add("gather", Kind::all_gather, trace::Phase::backward_weight);
  gather.axis = trace::Axis::x;
  gather.colors = four(io);
  gather.elements = {1, 0, shape.tokens, shape.outputs};
  gather.element_bits = 16;
  gather.after = {{2, Dependency::kWhole}, {4, 2}};
  auto& dot = add("dot", Kind::compute, trace::Phase::backward_weight);
  dot.order_of = 3;
  dot.macs = {1, shape.inputs, shape.tokens, shape.outputs};
  dot.after = {{3, 0}, {5, 2}};
  auto& sum = add("column reduce", Kind::reduce, trace::Phase::backward_weight);
  sum.axis = trace::Axis::y;
  sum.root = trace::Root::last;
  sum.order_of = 3;
  sum.drains_to = 6;
  sum.colors = four(io + 4);
  sum.elements = {1, shape.inputs, 0, shape.outputs};
  sum.after = {{4, 0}};
  auto& out = add("gradients", Kind::stream_out, trace::Phase::backward_weight);
  out.colors = io_colors;
  out.elements = sum.elements;
  auto& update = add("optimizer", Kind::update, trace::Phase::update);
  update.blocks = 1;
  update.parameters = shape.inputs * shape.outputs;
  update.after = {{6, Dependency::kWhole}};
  return records;
}

/// A matrix that lanes share, lane by lane a stream and the products with it; `shape` is that of a lane.
inline std::vector<trace::Record> shared_trace(const LinearShape& shape, std::uint32_t lanes) {
  std::vector<trace::Record> records;
  for (std::uint32_t i = 0; i < 2 * lanes; ++i) {
    trace::Record& record = records.emplace_back(linear_trace(shape)[i < lanes ? 0 : 1]);
    const std::uint32_t lane = i % lanes;
    record.id = i;
    record.name += std::to_string(lane);
    record.area.x = lane * shape.columns;
    record.after.clear();
    record.allocates.clear();
    if (i < lanes) {
      record.lanes = lanes;
      record.lane = lane;
      record.relay_colors = {12};
      for (std::uint32_t c = 0; c < (shape.columns + shape.rows - 1) / shape.rows; ++c) {
        record.relay_colors.push_back(static_cast<std::uint8_t>(13 + c));
      }
    } else {
      record.consumes = lane;
    }
  }
  return records;
}

}  // namespace waferloom::test
