// SPDX-License-Identifier: Apache-2.0
// What was published beside what was simulated, as one HTML file that needs nothing else: a chart with logarithmic axes
// and the line on which both are equal, colored by evidence, then the misses, then every figure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

/// `reports`: of each suite that was run, with its name and description.
struct PagePart {
  std::string name;
  std::string description;
  Report report;
};
[[nodiscard]] std::string make_page(const std::vector<PagePart>& parts);

}  // namespace waferloom::validation
