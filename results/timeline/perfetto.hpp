// SPDX-License-Identifier: Apache-2.0
// A timeline in Perfetto's format: the protobuf messages of a Trace, by their published field numbers.
#pragma once

#include <string>

#include "results/timeline/timeline.hpp"

namespace waferloom::results {

[[nodiscard]] std::string perfetto_trace(const Timeline& timeline);

}  // namespace waferloom::results
