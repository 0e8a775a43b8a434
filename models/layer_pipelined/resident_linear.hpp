// SPDX-License-Identifier: Apache-2.0
// A linear layer Y = X W whose weights stay in SRAM: a PE holds the weights of its share of the inputs and its
// share of the outputs, and tokens stream through.
//
//   forward   the tile that owns a block of tokens sends it along its line to all that hold weights of the same
//             inputs; each multiplies; partial sums are reduced along the other axis into the block's owner, so
//             that activations come out turned: spread the other way round (models/step_builder.hpp, Layout)
//   by input  dX = dY W^T: the same back, which turns the gradient again
//   by weight dW = X^T dY: X along one axis and dY along the other meet at the PE that holds the weight and its
//             gradient. dY is sent once more for this: a flow carries one operation at a time
#pragma once

#include <string>
#include <vector>

#include "models/step_builder.hpp"
#include "models/weight_streaming/linear.hpp"

namespace waferloom::models {

/// Blocks of so many things, tokens or features, such that a buffer of one stays small; `bytes` is what each takes.
[[nodiscard]] std::uint32_t buffer_blocks(std::uint64_t things, std::uint64_t bytes);

/// Blocks of tokens in which activations travel between tiles; `bytes_per_token` is what a PE keeps of each.
[[nodiscard]] std::uint32_t token_blocks(const StepBuilder& builder, std::uint64_t bytes_per_token);

/// One activation or gradient, of `features` in the builder's layout, from its owners to all tiles of their
/// lines, block by block into buffers that `taker` empties. Gives the record's number.
std::uint32_t spread(StepBuilder& builder, const std::string& what, std::uint64_t features,
                     std::uint32_t blocks, std::uint32_t taker);

/// X W into tensor `output`, which has the other layout than the input; the builder's layout follows.
void resident_forward(StepBuilder& builder, const LinearShape& shape, const std::string& output);

/// dY W^T into tensor `output` of the input's layout; the builder's layout follows.
void resident_backward_input(StepBuilder& builder, const LinearShape& shape, const std::string& output);

/// X^T dY into the gradients that lie beside the weights.
void resident_backward_weight(StepBuilder& builder, const LinearShape& shape,
                              const std::vector<std::string>& last_uses);

}  // namespace waferloom::models
