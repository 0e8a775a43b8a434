// SPDX-License-Identifier: Apache-2.0
// What a training step needs of the PEs' SRAM in all, and what would fit.
#pragma once

#include <string>

#include "models/strategy.hpp"

namespace waferloom::models {

/// Of a step that does not fit: where the most is needed and what is missing there, then for each way to treat
/// activations what the step needs and how many sequences at once, of those that divide the batch, would fit.
/// Empty if the step fits.
[[nodiscard]] std::string describe_misfit(const Strategy& strategy, const LoweringRequest& request);

}  // namespace waferloom::models
