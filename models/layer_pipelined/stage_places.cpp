// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/stage_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/arithmetic.hpp"
#include "core/config/origin.hpp"
#include "models/geometry.hpp"
#include "models/layer_pipelined/stage_costs.hpp"
#include "models/weight_streaming/layer.hpp"

namespace waferloom::models {

using core::ceil_div;

namespace {

/// Share of the SRAM that a stage's state may take; the rest is for activations and buffers (assumed).
constexpr double kStateShare = 0.75;

/// Sizes of the places.
struct StageSizes {
  std::uint32_t bands = 1;
  std::uint32_t in_band = 1;  ///< layers
  std::uint32_t rows = 0;     ///< of a band
  std::uint32_t embedding = 0;
  std::uint32_t embedding_rows = 0;
  std::uint32_t layer = 0;
  std::uint32_t loss = 0;
  std::uint32_t loss_rows = 0;
  bool ends_beside = false;  ///< embedding and loss on the only band's rows, not above and below
};

/// SRAM for a stage's state in the tile that has most of it, on so many columns and rows.
class State {
 public:
  explicit State(const Model& model) : model_(model), matrices_(Layer::matrices(model, true)) {
    vectors_ = model.norms_per_layer * norm_parameters(model);
    for (const MatrixShape& matrix : matrices_) vectors_ += matrix.bias ? matrix.outputs : 0;
  }
  [[nodiscard]] std::uint64_t embedding(std::uint32_t columns, std::uint32_t rows) const {
    const std::uint64_t positions = model_.position == Position::learned ? model_.sequence : 0;
    return kBytesPerParameter * ceil_div(model_.hidden, rows) *
           (ceil_div(model_.vocabulary + model_.segment_types, columns) + ceil_div(positions, columns));
  }
  [[nodiscard]] std::uint64_t layer(std::uint32_t columns, std::uint32_t rows) const {
    std::uint64_t parameters = ceil_div(vectors_, rows);
    for (const MatrixShape& matrix : matrices_) {
      const MatrixShare share = share_of(matrix, columns, rows);
      parameters += share.inputs * share.outputs;
    }
    return kBytesPerParameter * parameters;
  }
  [[nodiscard]] std::uint64_t loss(std::uint32_t columns, std::uint32_t rows) const {
    const std::uint64_t vocabulary = model_.head ? model_.vocabulary : 0;
    return kBytesPerParameter * ceil_div(model_.hidden, rows) * (ceil_div(vocabulary, columns) + 1);
  }

 private:
  const Model& model_;
  std::vector<MatrixShape> matrices_;
  std::uint64_t vectors_ = 0;
};

/// Rows of `limit` that sequences fit, and no more than tokens.
std::uint32_t fitting_rows(const LoweringRequest& request, std::uint32_t limit) {
  const std::uint64_t sequences = request.workload.at_once();
  return largest_fit(
      static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, sequences * sequence_of(request))),
      sequences);
}

/// The fewest columns on which `bytes(columns)` fits a tile; a multiple or divisor of the heads. More than there are
/// if none do.
template <class Bytes>
std::uint32_t fewest_columns(const LoweringRequest& request, const Bytes& bytes) {
  const auto capacity =
      static_cast<std::uint64_t>(kStateShare * static_cast<double>(request.placement.sram_bytes));
  std::uint32_t columns = 1;
  while (columns <= request.placement.columns &&
         (largest_fit(columns, request.model.heads) != columns || bytes(columns) > capacity)) {
    ++columns;
  }
  return columns;
}

/// The best of those seen.
class Choice {
 public:
  explicit Choice(const LoweringRequest& request) : request_(request) {}

  void consider(const StageSizes& sizes) {
    const double cost = std::max(layer_cost(request_, sizes.layer, sizes.rows),
                                 loss_cost(request_, sizes.loss, sizes.loss_rows));
    if (best_cost_ <= cost) return;
    best_ = sizes;
    best_cost_ = cost;
  }
  /// Whether there was one.
  [[nodiscard]] bool has_best() const { return best_cost_ < std::numeric_limits<double>::infinity(); }
  [[nodiscard]] const StageSizes& best() const { return best_; }

 private:
  const LoweringRequest& request_;
  StageSizes best_;
  double best_cost_ = std::numeric_limits<double>::infinity();
};

/// All stages side by side on the same rows.
void consider_strips(const LoweringRequest& request, const State& state, Choice& choice) {
  StageSizes sizes;
  const auto layers = static_cast<std::uint32_t>(request.model.layers);
  sizes.in_band = layers;
  sizes.ends_beside = true;
  sizes.rows = fitting_rows(request, request.placement.rows);
  if (sizes.rows == 0) return;
  sizes.loss_rows = sizes.rows;
  sizes.embedding_rows = sizes.rows;
  const auto fewest = [&](auto bytes) {
    return fewest_columns(request,
                          [&](std::uint32_t columns) { return (state.*bytes)(columns, sizes.rows); });
  };
  sizes.embedding = fewest(&State::embedding);
  const std::uint32_t least_loss = fewest(&State::loss);
  for (sizes.layer = fewest(&State::layer);
       std::uint64_t{sizes.layer} * layers + sizes.embedding < request.placement.columns; ++sizes.layer) {
    if (largest_fit(sizes.layer, request.model.heads) != sizes.layer) continue;
    sizes.loss =
        largest_fit(request.placement.columns - sizes.layer * layers - sizes.embedding, request.model.heads);
    if (sizes.loss >= least_loss) choice.consider(sizes);
  }
}

/// Of the SRAM that a stage's state may take?
bool fits_state(const LoweringRequest& request, std::uint64_t bytes) {
  return static_cast<double>(bytes) <= kStateShare * static_cast<double>(request.placement.sram_bytes);
}

/// The fewest rows on which the embedding fits; more than there are if none do.
std::uint32_t embedding_rows(const LoweringRequest& request, const State& state, std::uint32_t columns) {
  std::uint32_t rows = 1;
  while (rows <= request.placement.rows &&
         (fitting_rows(request, rows) != rows || !fits_state(request, state.embedding(columns, rows)))) {
    ++rows;
  }
  return rows;
}

/// The embedding on the first rows, below it bands of `rows` each, and the loss on what is left.
void consider_bands(const LoweringRequest& request, const State& state, StageSizes sizes, Choice& choice) {
  sizes.loss_rows =
      fitting_rows(request, request.placement.rows - sizes.embedding_rows - sizes.bands * sizes.rows);
  if (sizes.loss_rows == 0 || !fits_state(request, state.loss(sizes.loss, sizes.loss_rows))) return;
  if (!fits_state(request, state.layer(sizes.layer, sizes.rows))) return;
  choice.consider(sizes);
}

void consider_all_bands(const LoweringRequest& request, const State& state, Choice& choice) {
  StageSizes sizes;
  sizes.embedding = sizes.loss = largest_fit(request.placement.columns, request.model.heads);
  if (sizes.loss == 0) return;
  sizes.embedding_rows = embedding_rows(request, state, sizes.embedding);
  const auto layers = static_cast<std::uint32_t>(request.model.layers);
  for (sizes.bands = 1; sizes.bands <= layers; ++sizes.bands) {
    if (sizes.embedding_rows + sizes.bands >= request.placement.rows) return;
    sizes.in_band = static_cast<std::uint32_t>(ceil_div(layers, sizes.bands));
    sizes.layer = largest_fit(request.placement.columns / sizes.in_band, request.model.heads);
    if (sizes.layer == 0 || ceil_div(layers, sizes.in_band) != sizes.bands) continue;
    const std::uint32_t most = (request.placement.rows - sizes.embedding_rows - 1) / sizes.bands;
    for (std::uint32_t limit = most; limit > 0; --limit) {
      sizes.rows = fitting_rows(request, limit);
      if (sizes.rows != limit) continue;
      consider_bands(request, state, sizes, choice);
    }
  }
}

StagePlaces places_of(const StageSizes& sizes, std::uint32_t layers) {
  StagePlaces places;
  places.bands = sizes.bands;
  places.embedding = {0, 0, sizes.embedding, sizes.embedding_rows};
  const std::uint32_t first_column = sizes.ends_beside ? sizes.embedding : 0;
  const std::uint32_t first_row = sizes.ends_beside ? 0 : sizes.embedding_rows;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const std::uint32_t band = layer / sizes.in_band;
    const std::uint32_t in_band = layer % sizes.in_band;
    const std::uint32_t place = band % 2 == 0 ? in_band : sizes.in_band - 1 - in_band;
    places.layers.push_back(
        {first_column + place * sizes.layer, first_row + band * sizes.rows, sizes.layer, sizes.rows});
  }
  places.loss = {0, first_row + sizes.bands * sizes.rows, sizes.loss, sizes.loss_rows};
  if (sizes.ends_beside) places.loss = {first_column + layers * sizes.layer, 0, sizes.loss, sizes.loss_rows};
  return places;
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
  const auto text_of = [](std::uint64_t bytes) {
    const auto amount = static_cast<double>(bytes);
    if (amount < 1e6) return fmt::format("{:.1f} kB", amount / 1e3);
    return amount < 1e9 ? fmt::format("{:.1f} MB", amount / 1e6) : fmt::format("{:.1f} GB", amount / 1e9);
  };
  throw core::config::KeyError(
      {"workload.strategy", "workload.model", "workload.rectangle", "fabric.program", "pe.sram",
       "pe.reserved"},
      fmt::format("expected a strategy for which the SRAM is large enough: layer_pipelined keeps weights, "
                  "gradients and optimizer state in SRAM "
                  "({} B a parameter): "
                  "{} needs {}, the {} x {} PEs have {}, {} are missing; "
                  "weight_streaming has no such "
                  "limit",
                  kBytesPerParameter, request.model.name, text_of(needed), request.placement.columns,
                  request.placement.rows, text_of(there), text_of(needed - there)));
}

std::vector<core::Rectangle> StagePlaces::in_order() const {
  std::vector<core::Rectangle> all{embedding};
  all.insert(all.end(), layers.begin(), layers.end());
  all.push_back(loss);
  return all;
}

StagePlaces place_stages(const LoweringRequest& request) {
  const State state(request.model);
  const auto layers = static_cast<std::uint32_t>(request.model.layers);
  Choice choice(request);
  consider_strips(request, state, choice);
  consider_all_bands(request, state, choice);
  if (choice.has_best()) return places_of(choice.best(), layers);
  throw core::config::KeyError(
      {"workload.rectangle", "fabric.program", "workload.model", "workload.strategy", "pe.sram",
       "pe.reserved"},
      fmt::format(
          "expected room for {} stages side by side: the embedding, {} layers and the loss, each with "
          "columns for whole heads or heads for whole columns and its state in {:.0f} % of its tiles' "
          "SRAM; got {} columns and {} rows",
          layers + 2, layers, 100 * kStateShare, request.placement.columns, request.placement.rows));
}

}  // namespace waferloom::models
