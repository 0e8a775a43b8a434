// SPDX-License-Identifier: Apache-2.0
#include "models/geometry.hpp"

#include <fmt/format.h>

#include "core/config/origin.hpp"

namespace waferloom::models {

std::uint32_t largest_fit(std::uint32_t limit, std::uint64_t whole) {
  if (limit >= whole) return limit;
  std::uint32_t n = limit;
  while (n > 0 && whole % n != 0) --n;
  return n;
}

std::uint64_t sequence_of(const LoweringRequest& request) {
  const std::uint64_t asked = request.workload.sequence;
  if (asked == 0) return request.model.sequence;
  if (request.model.position == Position::learned && asked > request.model.sequence) {
    throw core::config::KeyError(
        {"workload.sequence", "workload.model"},
        fmt::format("expected at most {}, for so many positions {} has learned, got {}",
                    request.model.sequence, request.model.name, asked));
  }
  return asked;
}

void check_micro_batch(const WorkloadParameters& workload) {
  if (workload.batch % workload.at_once() == 0) return;
  throw core::config::KeyError(
      {"workload.micro_batch", "workload.batch"},
      fmt::format("expected a divisor of workload.batch, {}, got {}", workload.batch, workload.micro_batch));
}

Geometry make_geometry(const LoweringRequest& request) {
  const Model& model = request.model;
  Geometry g;
  g.batch = request.workload.at_once();
  g.sequence = sequence_of(request);
  g.tokens = g.batch * g.sequence;
  if (request.placement.columns == 0 || request.placement.rows == 0 || g.tokens == 0) {
    throw core::config::KeyError({"workload.rectangle", "fabric.program"},
                                 "expected at least one tile and one token");
  }
  g.columns = largest_fit(request.placement.columns, model.heads);
  g.rows = largest_fit(request.placement.rows, g.batch);
  // A rest of less than a row per sequence stays free.
  if (g.rows / g.batch == g.sequence) g.rows = static_cast<std::uint32_t>(g.tokens);
  g.head_pieces = static_cast<std::uint32_t>(std::min<std::uint64_t>(g.columns, model.heads));
  g.heads_per_column = model.heads / g.head_pieces;
  g.sequence_pieces = static_cast<std::uint32_t>(std::min<std::uint64_t>(g.rows, g.batch));
  if (g.rows > g.tokens) {
    throw core::config::KeyError(
        {"workload.rectangle", "fabric.program", "workload.batch", "workload.micro_batch",
         "workload.sequence", "workload.lanes", "workload.model"},
        fmt::format("expected at most one row per token, {} for {} sequences of {} "
                    "tokens, got {} rows",
                    g.tokens, g.batch, g.sequence, g.rows));
  }
  return g;
}

}  // namespace waferloom::models
