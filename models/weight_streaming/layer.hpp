// SPDX-License-Identifier: Apache-2.0
// One transformer layer, forward and backward, operation by operation.
//
// Needed by the backward pass: the layer's input, q, k, v, the attention's output, the sum after attention
// (sequential blocks), and the input of the activation function; norms and the activation function are
// always computed again. models/weight_streaming/kept.hpp says which of all this lives until then.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "models/step_builder.hpp"
#include "models/weight_streaming/kept.hpp"
#include "models/weight_streaming/linear.hpp"

namespace waferloom::models {

class Layer {
 public:
  /// `loaded`: the kernels of its pass are, for another part of the sequences.
  Layer(StepBuilder& builder, std::uint32_t index, const Kept& kept, bool loaded = false);

  /// Emits records between the layer's own.
  using Insert = std::function<void()>;
  /// Copies the layer's input elsewhere and, if told so, releases it; gives the record that has to be done
  /// before the input may be released.
  using Copy = std::function<std::uint32_t(bool release)>;

  /// `copy` is called where the tiles' columns are free until the next layer's attention.
  void forward(const Copy& copy = nullptr);
  /// The layer's output once more from its input, which record `after` brings.
  void forward_again(std::uint32_t after = trace::kNoRecord);
  /// What backward() needs and was not kept, likewise.
  void recompute(std::uint32_t after = trace::kNoRecord);
  /// From the gradient of the layer's output to that of its input, which record `after` brings. `insert` is called
  /// before attention, during which no weights stream in.
  void backward(const Insert& insert = nullptr, std::uint32_t after = trace::kNoRecord);
  void update();

  /// Where weights stay in SRAM, how the input of a matrix lies: the residual stream turned, the attention and
  /// the activation function upright.
  [[nodiscard]] static Layout input_layout(const std::string& matrix);

  /// The layer's matrices in the order of the forward pass. Where weights stay in SRAM, q, k and v are one: their
  /// input passes by once, and so does its gradient.
  [[nodiscard]] static std::vector<MatrixShape> matrices(const Model& model, bool resident);

  /// Tensors between layers.
  [[nodiscard]] static std::string input_name(std::uint32_t layer);
  [[nodiscard]] static std::string gradient_name(std::uint32_t layer);

 private:
  /// Which of its passes records belong to.
  enum class Run : std::uint8_t {
    first,   ///< forward
    output,  ///< again, for the next layer's input
    saved    ///< again, for what the backward pass needs
  };
  [[nodiscard]] std::string tensor(const std::string& name) const;
  void hold_saved(trace::Record& record);
  /// Whether this run does an operation whose result the backward pass needs.
  [[nodiscard]] bool does(LayerPart part) const;
  /// Of that result's tensors, those that go after their last use in this run.
  [[nodiscard]] std::vector<std::string> discarded(LayerPart part,
                                                   const std::vector<std::string>& names) const;
  [[nodiscard]] bool drops_input() const { return run_ == Run::first && !kept_.input; }
  [[nodiscard]] LinearShape shape(const std::string& matrix) const;
  void start(trace::Phase phase, const std::string& operation);
  void start_forward(const std::string& operation);
  /// A pass over the layer begins with this record: its kernels are loaded first.
  void begin_pass(trace::Record& record);
  void attention_part_forward(std::uint32_t after);
  void projection_forward();
  void mlp_part_forward();
  void mlp_down_forward(std::uint32_t copied);
  void mlp_part_backward();
  void attention_part_backward(const Insert& insert);
  /// Gradients of one matrix by weight, then by input into `output`.
  void linear_backward(const std::string& operation, const std::string& matrix, const std::string& output,
                       const std::vector<std::string>& last_uses);

  StepBuilder& builder_;
  std::uint32_t index_;
  Kept kept_;
  bool loaded_;  ///< kernels of this pass
  Run run_ = Run::first;
  bool parallel_;
  bool second_norm_;
  std::vector<MatrixShape> matrices_;
  std::vector<std::string> qkv_;  ///< the matrices of attention's inputs
};

}  // namespace waferloom::models
