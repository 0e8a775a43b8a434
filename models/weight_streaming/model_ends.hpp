// SPDX-License-Identifier: Apache-2.0
// What follows the last layer: the final norm, the head and the loss.
#pragma once

#include <string>

#include "models/step_builder.hpp"

namespace waferloom::models {

/// Over tensor `input`, the last layer's output, which nothing needs behind the norm if there is one.
void ends_forward(StepBuilder& builder, const std::string& input);

/// Into tensor `gradient`, that of the last layer's output.
void ends_backward(StepBuilder& builder, const std::string& gradient);

}  // namespace waferloom::models
