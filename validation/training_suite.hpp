// SPDX-License-Identifier: Apache-2.0
// Training throughput predicted for a CS-2, beside what was measured on real ones.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> training_cases();

}  // namespace waferloom::validation
