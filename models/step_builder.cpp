// SPDX-License-Identifier: Apache-2.0
#include "models/step_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace waferloom::models {

using trace::Amount;
using trace::Kind;
using trace::Phase;
using trace::Record;

namespace {

constexpr std::uint32_t kChainColors = 4;

ColorPlan plan_colors(const Placement& placement) {
  // Two at least: a column's results leave on another color than its weights arrive on.
  const std::uint32_t io = std::max(placement.columns_per_channel, 2U);
  const std::uint32_t needed = io + 2 * kChainColors;
  if (needed > placement.colors) {
    throw core::InputError(
        fmt::format("colors exhausted: the step needs {} ({} for the columns of an I/O channel, {} for "
                    "chains along rows and "
                    "columns), the routers have {}; more I/O channels or a narrower rectangle need fewer",
                    needed, io, 2 * kChainColors, placement.colors));
  }
  ColorPlan plan;
  for (std::uint32_t c = 0; c < needed; ++c) {
    auto& colors = c < io ? plan.io : c < io + kChainColors ? plan.chain_x : plan.chain_y;
    colors.push_back(static_cast<std::uint8_t>(c));
  }
  return plan;
}

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::backward_input:
      return "backward_input";
    case Phase::backward_weight:
      return "backward_weight";
    case Phase::update:
      return "update";
  }
  return "";
}

Amount activation_bytes(const Geometry& geometry, std::uint64_t features, std::uint64_t bytes_per_element) {
  return {bytes_per_element, features, geometry.tokens, 0};
}

StepBuilder::StepBuilder(const LoweringRequest& request, const Geometry& geometry, const RecordSink& sink)
    : request_(request), geometry_(geometry), sink_(sink), colors_(plan_colors(request.placement)) {}

bool StepBuilder::wants(Phase phase) const {
  const auto& phases = request_.workload.phases;
  return phases.empty() || std::find(phases.begin(), phases.end(), phase) != phases.end();
}

std::string StepBuilder::prefix() const {
  const std::string where = layer_ == trace::kNoLayer ? "model" : fmt::format("layer{}", layer_);
  return fmt::format("{}.{}.{}", where, name_of(phase_), operation_);
}

Record StepBuilder::make(Kind kind, const std::string& what) {
  Record record;
  record.id = next_id_;
  record.name = fmt::format("{}.{}", prefix(), what);
  record.layer = layer_;
  record.phase = phase_;
  record.operation = operation_;
  record.kind = kind;
  record.area = {0, 0, geometry_.columns, geometry_.rows};
  record.precision = request_.workload.precision;
  if (kind == Kind::stream_in || kind == Kind::stream_out) record.colors = colors_.io;
  return record;
}

std::uint32_t StepBuilder::emit(Record record) {
  record.id = next_id_++;
  if (record.kind == Kind::compute) {
    for (const std::string& tensor : std::exchange(pending_releases_, {})) release(record, tensor);
  }
  if (record.kind == Kind::stream_out) streams_out_.push_back(record.id);
  sink_(record);
  return record.id;
}

void StepBuilder::after_last(Record& record) const {
  if (last_ != trace::kNoRecord) record.after.push_back({last_, trace::Dependency::kWhole});
}

void StepBuilder::after_streams_out(Record& record) {
  for (const std::uint32_t id : std::exchange(streams_out_, {})) {
    record.after.push_back({id, trace::Dependency::kWhole});
  }
}

void StepBuilder::hold(Record& record, const std::string& tensor, Amount bytes) {
  if (live_.insert(tensor).second) record.allocates.push_back({tensor, bytes});
}

void StepBuilder::release(Record& record, const std::string& tensor) {
  if (live_.erase(tensor) != 0) record.frees.push_back(tensor);
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

}  // namespace waferloom::models
