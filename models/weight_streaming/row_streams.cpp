// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/row_streams.hpp"

namespace waferloom::models {

using trace::Axis;
using trace::Kind;
using trace::Record;

namespace {

Record sums_down_columns(StepBuilder& builder, const std::string& what, std::uint64_t rows,
                         std::uint32_t element_bits) {
  Record sums = builder.make(Kind::reduce, what + ".sums");
  sums.axis = Axis::y;
  sums.root = builder.results_root();
  sums.colors = builder.colors().chain_y;
  sums.elements = {rows, builder.model().hidden, 0, 0};
  sums.element_bits = element_bits;
  builder.after_last(sums);
  sums.drains_to = builder.next_id() + 1;
  return sums;
}

struct Source {
  std::uint64_t parameters = 0;
  std::uint32_t after = trace::kNoRecord;
  bool same_in_all_lanes = false;
};

std::uint32_t take_rows(StepBuilder& builder, const std::string& what, std::uint64_t rows,
                        const std::string& output, Source source) {
  const Geometry& g = builder.geometry();
  const std::uint64_t hidden = builder.model().hidden;
  Record stream = builder.make(Kind::stream_in, what + ".rows");
  stream.elements = {rows, hidden, 0, 0};
  stream.element_bits = 16;
  stream.parameters = source.parameters;
  if (source.same_in_all_lanes) builder.share_among_lanes(stream);
  wait_for(stream, source.after);
  const std::uint32_t stream_id = builder.emit(stream);
  Record take = builder.make_compute(what + ".take", {{}, {1, hidden, g.tokens, 0}, {}});
  take.consumes = stream_id;
  builder.hold(take, output, activation_bytes(g, hidden));
  return builder.emit(take);
}

}  // namespace

void rows_in(StepBuilder& builder, const std::string& what, std::uint64_t rows, const std::string& output) {
  builder.set_last(take_rows(builder, what, rows, output, {rows * builder.model().hidden, trace::kNoRecord}));
}

void parameter_rows_in(StepBuilder& builder, const std::string& what, std::uint64_t rows,
                       const std::string& output) {
  builder.set_last(
      take_rows(builder, what, rows, output, {rows * builder.model().hidden, trace::kNoRecord, true}));
}

void gradient_rows_out(StepBuilder& builder, const std::string& what, std::uint64_t rows) {
  const Record sums = sums_down_columns(builder, what, rows, 32);
  builder.set_last(builder.emit(sums));
  Record out = builder.make(Kind::stream_out, what + ".gradients");
  out.elements = sums.elements;
  out.parameters = rows * builder.model().hidden;
  builder.emit(out);
}

Spilled spill_out(StepBuilder& builder, const std::string& what, const std::string& name, bool release) {
  Record sums = sums_down_columns(builder, what, builder.geometry().tokens, 16);
  if (release) builder.release(sums, name);
  const std::uint32_t sums_id = builder.emit(sums);
  Record out = builder.make(Kind::stream_out, what + ".rows");
  out.elements = sums.elements;
  out.element_bits = sums.element_bits;
  return {sums_id, builder.emit(out)};
}

std::uint32_t spill_in(StepBuilder& builder, const std::string& what, const std::string& name,
                       std::uint32_t spilled) {
  return take_rows(builder, what, builder.geometry().tokens, name, {0, spilled});
}

}  // namespace waferloom::models
