// SPDX-License-Identifier: Apache-2.0
// A timeline in Perfetto's format: the protobuf messages of a Trace, by their published field numbers.
#pragma once

#include "results/text_parts.hpp"
#include "results/timeline/timeline.hpp"

namespace waferloom::results {

void perfetto_trace(const Timeline& timeline, TextParts& text);

}  // namespace waferloom::results
