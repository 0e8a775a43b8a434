// SPDX-License-Identifier: Apache-2.0
// What a token costs a stage of a pipeline of layers, in cycles: an estimate to share out tiles by.
//
// Each is a sum over what keeps a PE's datapath busy, one after the other: products at the rate of their kind,
// wavelets that chains pass on, work on elements, all of the tile that has most; and the time that chains take from end to end, spread over
// the tokens of a micro-batch. Waiting is left out.
#pragma once

#include <cstdint>

#include "models/model.hpp"
#include "models/strategy.hpp"

namespace waferloom::models {

/// Of a layer's matrix, what the tile that has most of it holds on so many columns and rows.
struct MatrixShare {
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
};
[[nodiscard]] MatrixShare share_of(const MatrixShape& matrix, std::uint32_t columns, std::uint32_t rows);

/// Of a layer, forward and backward, on so many columns and rows.
[[nodiscard]] double layer_cost(const LoweringRequest& request, std::uint32_t columns, std::uint32_t rows);
/// Of the final norm, head and loss.
[[nodiscard]] double loss_cost(const LoweringRequest& request, std::uint32_t columns, std::uint32_t rows);

}  // namespace waferloom::models
