// SPDX-License-Identifier: Apache-2.0
// Strategy `weight_streaming`: one layer at a time on the whole rectangle. docs/weight-streaming.md
// describes the mapping.
#pragma once

#include "models/strategy.hpp"

namespace waferloom::models {

[[nodiscard]] trace::Header weight_streaming_header(const LoweringRequest& request);
void lower_weight_streaming(const LoweringRequest& request, const RecordSink& sink);

}  // namespace waferloom::models
