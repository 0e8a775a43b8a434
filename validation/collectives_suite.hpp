// SPDX-License-Identifier: Apache-2.0
// Suite `collectives`, see suite.hpp.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> collectives_cases();

}  // namespace waferloom::validation
