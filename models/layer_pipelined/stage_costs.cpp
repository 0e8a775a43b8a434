// SPDX-License-Identifier: Apache-2.0
#include "models/layer_pipelined/stage_costs.hpp"

#include <algorithm>

#include "core/arithmetic.hpp"
#include "models/geometry.hpp"
#include "models/weight_streaming/elementwise.hpp"
#include "models/weight_streaming/layer.hpp"

namespace waferloom::models {

namespace {

/// Cycles of a product: with the sum in SRAM, and in a register.
constexpr double kAccumulate = 0.5;
constexpr double kDot = 0.25;
/// Of an operation on an element: two operands of 2 bytes are read, a result is written.
constexpr double kElement = 0.25;
/// From PE to PE along a chain: two ramps, a hop, an iteration.
constexpr double kChainHop = 6;
/// A wavelet of sums has one element, one of activations two.
constexpr double kActivation = 0.5;

/// A stage's tiles, and the tokens that pass at once.
struct Tiles {
  double columns = 1;
  double rows = 1;
  double tokens = 1;
  [[nodiscard]] double all() const { return columns * rows; }
  [[nodiscard]] double chain() const { return kChainHop * (columns + rows) / tokens; }
};

/// Both passes of a matrix of which a tile has so many inputs and outputs.
double matrix_cost(const Tiles& tiles, double inputs, double outputs, double forward_passes) {
  const double products = inputs * outputs;
  const double forward = kActivation * inputs + outputs + kAccumulate * products;
  const double by_input = kActivation * outputs + inputs + kAccumulate * products;
  const double by_weight = kActivation * (inputs + outputs) + kDot * products;
  return forward_passes * forward + by_input + by_weight + (forward_passes + 2) * tiles.chain();
}

/// One sweep over all keys: `tensors` of hidden features pass by twice, `products` per pair and feature,
/// `scores` per pair summed over a head's columns and sent back.
double sweep_cost(const Tiles& tiles, const Model& model, double sequence, double products, double scores) {
  const auto hidden = static_cast<double>(model.hidden);
  const auto heads = static_cast<double>(model.heads);
  const double heads_here = std::max(1.0, heads / tiles.columns);
  const double pairs = sequence / tiles.rows * heads_here;
  const double chains = tiles.columns > heads ? 2 * scores * pairs : 0;
  return hidden / tiles.columns + chains + kDot * products * sequence * hidden / tiles.all() +
         kElement * static_cast<double>(Passes::softmax) * pairs + tiles.chain();
}

Tiles tiles_of(const LoweringRequest& request, std::uint32_t columns, std::uint32_t rows) {
  return {static_cast<double>(columns), static_cast<double>(rows),
          static_cast<double>(request.workload.at_once() * sequence_of(request))};
}

double forward_passes(const LoweringRequest& request) {
  return request.workload.activations == Activations::keep ? 1 : 2;
}

}  // namespace

MatrixShare share_of(const MatrixShape& matrix, std::uint32_t columns, std::uint32_t rows) {
  const bool turned = Layer::input_layout(matrix.name) == Layout::turned;
  return {core::ceil_div(matrix.inputs, turned ? rows : columns),
          core::ceil_div(matrix.outputs, turned ? columns : rows)};
}

double layer_cost(const LoweringRequest& request, std::uint32_t columns, std::uint32_t rows) {
  const Model& model = request.model;
  const Tiles tiles = tiles_of(request, columns, rows);
  const double forward = forward_passes(request);
  double cost = 0;
  for (const MatrixShape& matrix : Layer::matrices(model, true)) {
    const MatrixShare share = share_of(matrix, columns, rows);
    cost +=
        matrix_cost(tiles, static_cast<double>(share.inputs), static_cast<double>(share.outputs), forward);
  }
  const auto sequence = static_cast<double>(attended_keys(model, request.workload, sequence_of(request)));
  cost += forward * sweep_cost(tiles, model, sequence, 2, 1);
  cost += sweep_cost(tiles, model, sequence, 3, 2) + sweep_cost(tiles, model, sequence, 4, 2);
  const double activation = static_cast<double>(Passes::activation * 2 + Passes::activation_backward);
  cost += kElement * activation * static_cast<double>(model.ffn) / tiles.all();
  return cost;
}

double loss_cost(const LoweringRequest& request, std::uint32_t columns, std::uint32_t rows) {
  const Model& model = request.model;
  if (!model.head) return 0;
  const Tiles tiles = tiles_of(request, columns, rows);
  const auto hidden = static_cast<double>(core::ceil_div(model.hidden, rows));
  const auto vocabulary = static_cast<double>(core::ceil_div(model.vocabulary, columns));
  // The logits are formed again in the backward pass.
  return matrix_cost(tiles, hidden, vocabulary, 2) +
         kElement * 2 * static_cast<double>(Passes::softmax) * vocabulary / tiles.rows;
}

}  // namespace waferloom::models
