// SPDX-License-Identifier: Apache-2.0
// Norms, activation functions and residual sums: work on the features that a PE owns, with short sums along
// the rows.
//
// Vector operations per element are assumed, as no kernel's instruction count is published: a pass is one
// operation at the rate of a multiply-accumulate; exponentials and tanh are counted as polynomials.
#pragma once

#include <string>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// Passes over an element (assumed).
struct Passes {
  static constexpr std::uint64_t norm_statistics = 2;  ///< sum, sum of squares
  static constexpr std::uint64_t norm_apply = 2;       ///< centre, scale
  static constexpr std::uint64_t norm_backward = 4;    ///< two products, two corrections
  static constexpr std::uint64_t activation = 12;      ///< GELU: cubic, tanh as a polynomial, product
  static constexpr std::uint64_t activation_backward = 16;
  static constexpr std::uint64_t softmax = 12;  ///< scale, maximum, exponential as a polynomial, sum
  static constexpr std::uint64_t rotary = 4;
};

/// Vector work over `features` of the PE's tokens; the next operation waits for it.
void elementwise(StepBuilder& builder, const std::string& what, std::uint64_t passes, std::uint64_t features);
/// The same with the record at hand, to hold and release tensors.
void elementwise(StepBuilder& builder, const std::string& what, std::uint64_t passes, std::uint64_t features,
                 const std::function<void(trace::Record&)>& adjust);

/// `elements` summed along each line of tiles, or each of its pieces, and sent back to all of the line's or piece's.
void line_all_reduce(StepBuilder& builder, const std::string& what, trace::Axis axis,
                     const trace::Amount& elements, std::uint32_t pieces = 1);

/// `values` per token summed over each row and sent back to all of its columns.
void row_all_reduce(StepBuilder& builder, const std::string& what, std::uint64_t values);

/// Norm over the hidden features into tensor `output`; its parameters stream in. `last_use`: a tensor that nothing
/// needs afterwards.
void norm_forward(StepBuilder& builder, const std::string& what, const std::string& output,
                  const std::string& last_use = "");
/// The same without statistics, which were saved: for the backward pass.
void norm_recompute(StepBuilder& builder, const std::string& what, const std::string& output);
/// Gradient by the norm's input, in place; and, where wanted, by its parameters.
void norm_backward(StepBuilder& builder, const std::string& what);

}  // namespace waferloom::models
