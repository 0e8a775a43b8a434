// SPDX-License-Identifier: Apache-2.0
// A timeline as JSON in the Trace Event Format of Chrome, for viewers that read nothing else. It is several
// times as large as Perfetto's format, and knows two levels of tracks only: processes and their threads.
#pragma once

#include <string>

#include "results/timeline/timeline.hpp"

namespace waferloom::results {

[[nodiscard]] std::string chrome_trace(const Timeline& timeline);

}  // namespace waferloom::results
