// SPDX-License-Identifier: Apache-2.0
// Strategy `layer_pipelined`: all layers on the wafer at once, weights, gradients and optimizer state in SRAM.
// The columns are cut into stages: the embedding, each layer, the loss. Micro-batches pass from stage to stage
// and their gradients back, one forward and one backward in turn (at most as many on their way as stages
// remain), and every stage updates its own weights when the last gradient is there.
//
// For models that fit: a parameter takes 18 bytes. docs/layer-pipelined.md describes the mapping and
// what is assumed.
#pragma once

#include "models/strategy.hpp"

namespace waferloom::models {

[[nodiscard]] trace::Header layer_pipelined_header(const LoweringRequest& request);
void lower_layer_pipelined(const LoweringRequest& request, const RecordSink& sink);

}  // namespace waferloom::models
