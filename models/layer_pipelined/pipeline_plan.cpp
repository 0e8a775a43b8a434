// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/pipeline_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/config/origin.hpp"
#include "models/geometry.hpp"

namespace waferloom::models {

namespace {

/// Share of the SRAM that a stage's state may take; the rest is for activations and buffers (assumed).
constexpr double kStateShare = 0.75;
/// Multiply-accumulates per cycle that the estimate counts on: mixed precision.
constexpr double kMacsPerCycle = 2;

/// What a token costs a stage in all its columns together: products in its PEs and wavelets on its columns'
/// links, in cycles times columns. An estimate to share out columns by; time comes from the simulation.
struct Costs {
  double layer = 0;
  double loss = 0;
};

Costs costs_of(const LoweringRequest& request, std::uint32_t rows) {
  const Model& m = request.model;
  const auto hidden = static_cast<double>(m.hidden);
  const auto ffn = static_cast<double>(m.ffn);
  const auto vocabulary = static_cast<double>(m.head ? m.vocabulary : 0);
  const auto sequence = static_cast<double>(sequence_of(request));
  double weights = 0;
  for (const MatrixShape& matrix : layer_matrices(m)) {
    weights += static_cast<double>(matrix.inputs) * static_cast<double>(matrix.outputs);
  }
  const double passes = request.workload.activations == Activations::keep ? 3 : 4;
  const double attention =
      9 * sequence * hidden;  // products of both passes, as models/weight_streaming/attention.hpp counts them
  const double per_row = kMacsPerCycle * rows;
  return {(passes * weights + attention) / per_row + 8 * hidden + 4 * ffn,
          4 * vocabulary * hidden / per_row + 3 * vocabulary + hidden};
}

/// Columns that hold the state of so many parameters; a multiple or divisor of the heads.
std::uint32_t columns_for(std::uint64_t parameters, const LoweringRequest& request, std::uint32_t rows) {
  const double capacity = kStateShare * static_cast<double>(request.placement.sram_bytes) * rows;
  const double least = std::max(1.0, static_cast<double>(parameters * kBytesPerParameter) / capacity);
  auto columns = static_cast<std::uint32_t>(least) + 1;
  while (columns < request.placement.columns && largest_fit(columns, request.model.heads) != columns)
    ++columns;
  return columns;
}

/// The rest for the loss, where it fits.
std::optional<StageColumns> with_layers_of(std::uint32_t layer, std::uint32_t embedding,
                                           std::uint32_t least_loss, const LoweringRequest& request) {
  const std::uint64_t taken = std::uint64_t{layer} * request.model.layers + embedding;
  if (taken >= request.placement.columns) return std::nullopt;
  const std::uint32_t loss =
      largest_fit(request.placement.columns - static_cast<std::uint32_t>(taken), request.model.heads);
  if (loss < least_loss) return std::nullopt;
  return StageColumns{embedding, layer, loss};
}

}  // namespace

void check_memory(const LoweringRequest& request) {
  const ParameterCount count = count_parameters(request.model);
  // A tied table lies at both ends.
  const std::uint64_t again = request.model.head && request.model.tied_embeddings
                                  ? request.model.vocabulary * request.model.hidden
                                  : 0;
  const std::uint64_t needed = (count.total + again) * kBytesPerParameter;
  const std::uint64_t there =
      std::uint64_t{request.placement.columns} * request.placement.rows * request.placement.sram_bytes;
  if (needed <= there) return;
  const auto gigabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; };
  throw core::config::KeyError(
      {"workload.strategy", "workload.model", "workload.rectangle", "fabric.program", "pe.sram",
       "pe.reserved"},
      fmt::format("expected a strategy for which the SRAM is large enough: layer_pipelined keeps weights, "
                  "gradients and optimizer state in SRAM "
                  "({} B a parameter): "
                  "{} needs {:.1f} GB, the {} x {} PEs have {:.1f} GB, {:.1f} GB are missing; "
                  "weight_streaming has no such "
                  "limit",
                  kBytesPerParameter, request.model.name, gigabytes(needed), request.placement.columns,
                  request.placement.rows, gigabytes(there), gigabytes(needed - there)));
}

std::uint32_t pipeline_rows(const LoweringRequest& request) {
  const std::uint64_t sequences = request.workload.at_once();
  const auto limit = std::min<std::uint64_t>(request.placement.rows, sequences * sequence_of(request));
  return largest_fit(static_cast<std::uint32_t>(limit), sequences);
}

StageColumns share_columns(const LoweringRequest& request, std::uint32_t rows) {
  const Model& m = request.model;
  const ParameterCount count = count_parameters(m);
  const std::uint32_t embedding = columns_for(count.embedding, request, rows);
  const std::uint32_t least_layer = columns_for(count.per_layer, request, rows);
  const std::uint32_t least_loss = columns_for(m.head ? m.vocabulary * m.hidden : m.hidden, request, rows);
  const Costs costs = costs_of(request, rows);
  std::optional<StageColumns> best;
  double best_cost = 0;
  for (std::uint32_t layer = least_layer; layer <= request.placement.columns; ++layer) {
    if (largest_fit(layer, m.heads) != layer) continue;
    const std::optional<StageColumns> columns = with_layers_of(layer, embedding, least_loss, request);
    if (!columns) break;
    const double cost = std::max(costs.layer / columns->layer, costs.loss / columns->loss);
    if (best && best_cost <= cost) continue;
    best = columns;
    best_cost = cost;
  }
  if (best) return *best;
  throw core::config::KeyError(
      {"workload.rectangle", "fabric.program", "workload.model", "workload.strategy", "pe.sram",
       "pe.reserved"},
      fmt::format("expected columns for {} stages, {} for the embedding, {} for each of "
                  "{} layers and {} for "
                  "the loss, got {} columns",
                  m.layers + 2, embedding, least_layer, m.layers, least_loss, request.placement.columns));
}

std::vector<std::vector<Turn>> pipeline_rounds(std::uint32_t stages, std::uint32_t micro_batches,
                                               bool backward) {
  struct Stage {
    std::uint32_t forward = 0;  ///< passes done
    std::uint32_t backward = 0;
  };
  std::vector<Stage> done(stages);
  const auto next = [&](std::uint32_t s) -> std::optional<Turn> {
    const Stage& stage = done[s];
    const bool full = stage.forward - stage.backward >= stages - s || stage.forward == micro_batches;
    if (backward && full) {
      const bool ready =
          s + 1 == stages ? stage.forward > stage.backward : done[s + 1].backward > stage.backward;
      if (stage.backward < micro_batches && ready) return Turn{s, stage.backward, true};
      return std::nullopt;
    }
    if (stage.forward == micro_batches) return std::nullopt;
    if (s == 0 || done[s - 1].forward > stage.forward) return Turn{s, stage.forward, false};
    return std::nullopt;
  };
  std::vector<std::vector<Turn>> rounds;
  for (;;) {
    std::vector<Turn> round;
    for (std::uint32_t s = 0; s < stages; ++s) {
      if (const std::optional<Turn> turn = next(s)) round.push_back(*turn);
    }
    if (round.empty()) return rounds;
    for (const Turn& turn : round) ++(turn.backward ? done[turn.stage].backward : done[turn.stage].forward);
    rounds.push_back(std::move(round));
  }
}

}  // namespace waferloom::models
