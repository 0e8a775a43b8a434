// SPDX-License-Identifier: Apache-2.0
// A linear layer Y = X W, forward and backward. Where weights stay in SRAM, models/layer_pipelined/resident_linear.hpp says how;
// under weight streaming:
//
//   forward   W streams in, each input feature's weights to the column that holds it and down all rows; every
//             arriving weight makes an AXPY over the PE's tokens; partial sums of a block of output features
//             are reduced along the row into the column that owns the block
//   by input  dX = dY W^T: the same with inputs and outputs exchanged
//   by weight dW = X^T dY: dY is gathered along the row block by block, every PE forms dot products over its
//             tokens, which are reduced down the column and leave through the I/O channels
#pragma once

#include <string>
#include <vector>

#include "models/step_builder.hpp"

namespace waferloom::models {

struct LinearShape {
  std::string name;  ///< "q", "mlp_up", ...
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
  bool bias = false;
  Layout input = Layout::turned;  ///< of X, where weights stay in SRAM; Y has the other one
};

/// In all of these `last_uses` are tensors that nothing needs afterwards.
/// X W + b. The result is left in tensor `output`; with an empty name it is used up by the next record.
void linear_forward(StepBuilder& builder, const LinearShape& shape, const std::string& output,
                    const std::vector<std::string>& last_uses = {});

/// dY W^T into tensor `output`.
void linear_backward_input(StepBuilder& builder, const LinearShape& shape, const std::string& output,
                           const std::vector<std::string>& last_uses = {});

/// X^T dY, and the sum of dY for the bias; both leave the wafer.
void linear_backward_weight(StepBuilder& builder, const LinearShape& shape,
                            const std::vector<std::string>& last_uses = {});

/// Parameters that stream in: `scale` rows of `features`, applied by one vector operation per parameter and
/// token.
void stream_parameters(StepBuilder& builder, const std::string& what, std::uint64_t scale,
                       std::uint64_t features);

/// Sums over tokens of `scale` rows of `features`, reduced down the columns and out of the wafer.
void stream_gradients(StepBuilder& builder, const std::string& what, std::uint64_t scale,
                      std::uint64_t features);

}  // namespace waferloom::models
