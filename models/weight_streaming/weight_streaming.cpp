// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/weight_streaming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "models/geometry.hpp"
#include "models/sram_check.hpp"
#include "models/step_builder.hpp"
#include "models/weight_streaming/lanes.hpp"
#include "models/weight_streaming/pass.hpp"

namespace waferloom::models {

using trace::Record;

namespace {

std::string columns_of_heads(const Geometry& g) {
  if (!g.heads_span_columns()) return fmt::format("{} heads a column", g.heads_per_piece);
  const std::string heads =
      g.heads_per_piece == 1 ? "a head" : fmt::format("for {} heads", g.heads_per_piece);
  return fmt::format("{} to {} columns {}", g.columns / g.head_pieces,
                     (g.columns + g.head_pieces - 1) / g.head_pieces, heads);
}

}  // namespace

trace::Header weight_streaming_header(const LoweringRequest& request) {
  check_micro_batch(request.workload);
  const std::uint32_t lanes = request.workload.lanes;
  const std::vector<Geometry> parts = make_part_geometries(LaneRequest(request).request());
  const Geometry& g = parts.front();
  std::uint64_t tokens = 0;
  std::uint64_t tokens_per_row = 0;
  for (const Geometry& part : parts) {
    tokens += part.tokens;
    tokens_per_row = std::max(tokens_per_row, part.tokens_per_row());
  }
  const std::uint64_t batches = request.workload.micro_batches();
  trace::Header header;
  header.model = request.model.name;
  header.strategy = "weight_streaming";
  header.columns = g.columns * lanes;
  header.rows = g.rows;
  header.tokens = tokens * batches * lanes;
  header.batch = request.workload.batch;
  header.sequence = g.sequence;
  header.parameters = count_parameters(request.model).total;
  header.description = fmt::format("{} tokens a row, {} of {} columns and {} of {} rows used, {}",
                                   tokens_per_row, header.columns, request.placement.columns, g.rows,
                                   request.placement.rows, columns_of_heads(g));
  if (lanes > 1) header.description += fmt::format(", {} lanes", lanes);
  if (parts.size() > 1) header.description += fmt::format(", {} parts", parts.size());
  if (batches > 1) header.description += fmt::format(", {} micro-batches", batches);
  return header;
}

namespace {

/// Buffers are halved so often at most: some 64 B each, below which blocks are single features and tokens.
constexpr std::uint32_t kMostHalvings = 4;

/// The step of one lane with working buffers of one size.
void lower_lane(const LoweringRequest& lane, const std::vector<Geometry>& parts, std::uint32_t halvings,
                std::uint64_t micro_batches, const RecordSink& sink) {
  StepBuilder builder(lane, parts.front(), sink);
  builder.set_halvings(halvings);
  for (std::uint32_t i = 0; i < micro_batches; ++i) {
    builder.set_micro_batch(i);
    Pass(builder, parts, lane, i + 1 == micro_batches).run();
  }
}

/// As large as they can be: where a step fits at all, smaller ones cost time alone.
std::uint32_t halvings_that_fit(const LoweringRequest& request) {
  if (request.least_buffers) return kMostHalvings;
  const LaneRequest of_lane(request);
  const LoweringRequest& lane = of_lane.request();
  const std::vector<Geometry> parts = make_part_geometries(lane);
  // Micro-batches from the second on are alike.
  const std::uint64_t micro_batches = std::min<std::uint64_t>(request.workload.micro_batches(), 3);
  for (std::uint32_t halvings = 0; halvings < kMostHalvings; ++halvings) {
    SramCheck sram(lane.placement.sram_bytes, SramCheck::Misfit::note);
    lower_lane(lane, parts, halvings, micro_batches, [&](const Record& record) { sram.add(record); });
    if (sram.misfit().empty()) return halvings;
  }
  return kMostHalvings;
}

}  // namespace

void lower_weight_streaming(const LoweringRequest& request, const RecordSink& sink) {
  check_micro_batch(request.workload);
  const LaneRequest of_lane(request);
  const LoweringRequest& lane = of_lane.request();
  const std::vector<Geometry> parts = make_part_geometries(lane);
  const RecordSink on_lanes = on_all_lanes(request.workload.lanes, parts.front().columns, sink);
  SramCheck own(request.placement.sram_bytes);
  SramCheck& sram = request.sram != nullptr ? *request.sram : own;
  const RecordSink checked = [&](const Record& record) {
    sram.add(record);
    on_lanes(record);
  };
  const std::uint32_t halvings = halvings_that_fit(request.part_of == nullptr ? request : *request.part_of);
  lower_lane(lane, parts, halvings, request.workload.micro_batches(), checked);
}

}  // namespace waferloom::models
