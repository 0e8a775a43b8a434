// SPDX-License-Identifier: Apache-2.0
// The ends of the model: embeddings in, head and loss out. The vocabulary's matrix is far too wide for its
// products to stay in SRAM, so the head works through it in chunks; logits are recomputed for the backward
// pass.
#pragma once

#include <string>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// The tokens' embedding rows (and positions) stream in, one FP16 value per feature, into `output`.
void embedding_forward(StepBuilder& builder, const std::string& output);

/// Gradients of the tokens' rows (and positions) stream out.
void embedding_backward(StepBuilder& builder);

/// Head and loss over `input`, tensor of the last layer's (normalized) output.
void loss_forward(StepBuilder& builder);

/// Gradients of the head, chunk by chunk: by weight, and by input into `output`.
void loss_backward(StepBuilder& builder, const std::string& output);

}  // namespace waferloom::models
