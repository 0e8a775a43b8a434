// SPDX-License-Identifier: Apache-2.0
// One transformer layer, forward and backward, operation by operation.
//
// Needed by the backward pass: the layer's input, q, k, v, the attention's output, the sum after attention
// (sequential blocks), and the input of the activation function; norms and the activation function are
// always computed again. workload.activations says whether all this is kept, or the input alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/linear.hpp"
#include "models/step_builder.hpp"

namespace waferloom::models {

class Layer {
 public:
  Layer(StepBuilder& builder, std::uint32_t index);

  void forward();
  /// What backward() needs, once more from the layer's input.
  void recompute();
  /// From the gradient of the layer's output to that of its input.
  void backward();
  void update();

  /// Where weights stay in SRAM, how the input of a matrix lies: the residual stream turned, the attention and
  /// the activation function upright.
  [[nodiscard]] static Layout input_layout(const std::string& matrix);

  /// Tensors between layers.
  [[nodiscard]] static std::string input_name(std::uint32_t layer);
  [[nodiscard]] static std::string gradient_name(std::uint32_t layer);

 private:
  [[nodiscard]] std::string tensor(const std::string& name) const;
  void hold_saved(trace::Record& record);
  void release_saved();
  [[nodiscard]] LinearShape shape(const std::string& matrix) const;
  void start(trace::Phase phase, const std::string& operation);
  void start_forward(const std::string& operation);
  void attention_part_forward();
  void mlp_part_forward();
  void mlp_part_backward();
  void attention_part_backward();
  /// Gradients of one matrix by weight, then by input into `output`.
  void linear_backward(const std::string& operation, const std::string& matrix, const std::string& output);

  StepBuilder& builder_;
  std::uint32_t index_;
  bool again_ = false;  ///< recomputing
  bool parallel_;
  bool second_norm_;
  std::vector<MatrixShape> matrices_;
};

}  // namespace waferloom::models
