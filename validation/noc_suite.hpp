// SPDX-License-Identifier: Apache-2.0
// Suite `noc`, see suite.hpp.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> noc_cases();

}  // namespace waferloom::validation
