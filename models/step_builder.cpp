// SPDX-License-Identifier: Apache-2.0
#include "models/step_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/origin.hpp"
#include "trace/names.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::models {

using trace::Amount;
using trace::Kind;
using trace::Phase;
using trace::Record;

namespace {

constexpr std::uint32_t kChainColors = 4;

/// `relay`: colors for weights that pass from lane to lane.
ColorPlan plan_colors(const Placement& placement, std::uint32_t relay) {
  // Two at least: a column's results leave on another color than its weights arrive on.
  const std::uint32_t in = std::max(placement.columns_per_channel, 2U);
  // Where weights and results share an edge's row, they need colors of their own.
  const std::uint32_t out = placement.results_leave_north ? in : 0;
  const std::uint32_t needed = in + out + 2 * kChainColors + relay;
  if (needed > placement.colors) {
    throw core::config::KeyError(
        {"fabric.colors", "io.channels", "io.output_edge", "workload.rectangle", "fabric.program",
         "workload.lanes", "workload.lane_copies"},
        fmt::format(
            "colors exhausted: the step needs {} ({} for the columns of an I/O channel, {} for "
            "chains along rows and "
            "columns{}), the routers have {}; more I/O channels{}{} or a narrower rectangle need fewer",
            needed, in + out, 2 * kChainColors,
            relay == 0 ? "" : fmt::format(", {} for weights that pass from lane to lane", relay),
            placement.colors, out != 0 ? ", results that leave at another edge than weights enter" : "",
            relay == 0 ? "" : ", workload.lane_copies: io"));
  }
  ColorPlan plan;
  std::uint8_t next = 0;
  const auto take = [&next](std::uint32_t count) {
    std::vector<std::uint8_t> colors;
    for (std::uint32_t i = 0; i < count; ++i) colors.push_back(next++);
    return colors;
  };
  plan.in = take(in);
  plan.out = out != 0 ? take(out) : plan.in;
  plan.chain_x = take(kChainColors);
  plan.chain_y = take(kChainColors);
  plan.relay = take(relay);
  return plan;
}

}  // namespace

Amount activation_bytes(const Geometry& geometry, std::uint64_t features, std::uint64_t bytes_per_element) {
  return {bytes_per_element, features, geometry.tokens, 0};
}

StepBuilder::StepBuilder(const LoweringRequest& request, const Geometry& geometry, const RecordSink& sink)
    : request_(request),
      geometry_(geometry),
      turned_(geometry),
      sink_(sink),
      colors_(plan_colors(request.placement, request.sharing_lanes == 1
                                                 ? 0
                                                 : 1 + trace::relay_colors_along_rows(
                                                           {0, 0, geometry.columns, geometry.rows}))) {
  std::swap(turned_.columns, turned_.rows);
}

bool StepBuilder::wants(Phase phase) const {
  const auto& phases = request_.workload.phases;
  return phases.empty() || std::find(phases.begin(), phases.end(), phase) != phases.end();
}

std::string StepBuilder::prefix() const {
  const std::string where = layer_ == trace::kNoLayer ? "model" : fmt::format("layer{}", layer_);
  // The first micro-batch goes without: most steps have no other.
  const std::string batch = micro_batch_ == 0 ? "" : fmt::format("batch{}.", micro_batch_);
  const std::string part = part_ == 0 ? "" : fmt::format("part{}.", part_);
  return fmt::format("{}{}{}.{}.{}", batch, part, where, name_of(phase_), operation_);
}

void StepBuilder::set_part(std::uint32_t part, const Geometry& geometry) {
  part_ = part;
  geometry_ = geometry;
  turned_ = geometry;
  std::swap(turned_.columns, turned_.rows);
}

Record StepBuilder::make(Kind kind, const std::string& what) {
  Record record;
  record.id = next_id_;
  record.name = fmt::format("{}.{}", prefix(), what);
  record.layer = layer_;
  record.micro_batch = micro_batch_;
  record.phase = phase_;
  record.operation = operation_;
  record.kind = kind;
  record.area = {origin_.x, origin_.y, geometry_.columns, geometry_.rows};
  record.precision = request_.workload.precision;
  if (kind == Kind::stream_in || kind == Kind::stream_out)
    record.colors = kind == Kind::stream_in ? colors_.in : colors_.out;
  return record;
}

std::uint32_t StepBuilder::emit(Record record) {
  record.id = next_id_++;
  if (record.kind == Kind::compute) {
    for (const std::string& name : std::exchange(pending_releases_, {})) release_live(record, name);
  }
  if (layout_ == Layout::turned) turn(record);
  if (record.kind == Kind::stream_out) streams_out_.push_back(record.id);
  sink_(record);
  return record.id;
}

void StepBuilder::share_among_lanes(Record& stream) const {
  stream.lanes = request_.sharing_lanes;
  stream.relay_colors = colors_.relay;
}

void wait_for(Record& record, std::uint32_t id) {
  if (id != trace::kNoRecord) record.after.push_back({id, trace::Dependency::kWhole});
}

void StepBuilder::after_last(Record& record) const { wait_for(record, last_); }

void StepBuilder::after_streams_out(Record& record) {
  for (const std::uint32_t id : std::exchange(streams_out_, {})) {
    wait_for(record, id);
  }
}

std::string StepBuilder::live_name(const std::string& tensor) const {
  if (part_ != 0) {
    // Buffers are named after their records, which have it already.
    const std::string part = fmt::format("part{}.", part_);
    return tensor.find(part) == std::string::npos ? part + tensor : tensor;
  }
  return resident_ && micro_batch_ != 0 ? fmt::format("batch{}.{}", micro_batch_, tensor) : tensor;
}

void StepBuilder::hold(Record& record, const std::string& tensor, Amount bytes) {
  const std::string name = live_name(tensor);
  if (live_.insert(name).second) record.allocates.push_back({name, bytes});
}

void StepBuilder::release(Record& record, const std::string& tensor) {
  release_live(record, live_name(tensor));
}

void StepBuilder::release_live(Record& record, const std::string& name) {
  if (live_.erase(name) != 0) record.frees.push_back(name);
}

void StepBuilder::turn(Record& record) const {
  for (Amount* amount : {&record.elements, &record.macs, &record.vector_elements, &record.divides,
                         &record.read_bytes, &record.write_bytes}) {
    std::swap(amount->x, amount->y);
  }
  for (trace::Allocation& allocation : record.allocates) std::swap(allocation.bytes.x, allocation.bytes.y);
  if (record.colors.empty()) return;
  const bool along_x = record.axis == trace::Axis::x;
  record.axis = along_x ? trace::Axis::y : trace::Axis::x;
  record.colors = along_x ? colors_.chain_y : colors_.chain_x;
}

Record StepBuilder::make_compute(const std::string& what, const Work& work) {
  Record record = make(Kind::compute, what);
  record.macs = work.macs;
  record.vector_elements = work.vector_elements;
  record.divides = work.divides;
  after_last(record);
  return record;
}

void StepBuilder::add_accumulate_traffic(Record& record) const {
  // An operand and the accumulator are read, the accumulator is written.
  const bool fp16 = record.precision == trace::Precision::fp16;
  const std::uint64_t operand = record.precision == trace::Precision::fp32 ? 4 : 2;
  const std::uint64_t accumulator = fp16 ? 2 : 4;
  record.read_bytes = record.macs;
  record.read_bytes.scale *= operand + accumulator;
  record.write_bytes = record.macs;
  record.write_bytes.scale *= accumulator;
}

void StepBuilder::add_dot_traffic(Record& record, Amount results) {
  record.read_bytes = record.macs;
  record.read_bytes.scale *= 2 * (record.precision == trace::Precision::fp32 ? 4 : 2);
  record.write_bytes = results;
  record.write_bytes.scale *= 4;
}

void StepBuilder::add_vector_traffic(Record& record) {
  record.read_bytes = record.vector_elements;
  record.read_bytes.scale *= 4;
  record.write_bytes = record.vector_elements;
  record.write_bytes.scale *= 2;
}

}  // namespace waferloom::models
