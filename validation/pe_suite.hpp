// SPDX-License-Identifier: Apache-2.0
// Suite `pe`, see suite.hpp.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> pe_cases();

}  // namespace waferloom::validation
