// SPDX-License-Identifier: Apache-2.0
// Fidelity `burst` against fidelity `wavelet`, on the same traces.
#pragma once

#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

[[nodiscard]] std::vector<Case> fidelity_cases();
[[nodiscard]] std::vector<Case> large_fidelity_cases();
/// As wide as the machine, and as uneven: columns whose shares of the features differ.
[[nodiscard]] std::vector<Case> wide_fidelity_cases();

}  // namespace waferloom::validation
