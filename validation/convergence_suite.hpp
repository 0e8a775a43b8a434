// SPDX-License-Identifier: Apache-2.0
// Fidelity `burst` against itself on a finer grid and in more blocks.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> convergence_cases();

}  // namespace waferloom::validation
