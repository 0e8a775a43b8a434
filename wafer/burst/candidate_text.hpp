// SPDX-License-Identifier: Apache-2.0
// Candidates as text, from the process that tried them to the one that asked (wafer/burst/side_by_side.hpp).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "wafer/burst/choice.hpp"

namespace waferloom::burst {

[[nodiscard]] std::string to_text(std::span<const Candidate> candidates);
/// Of what to_text made.
[[nodiscard]] std::vector<Candidate> candidates_of(const std::string& text);

}  // namespace waferloom::burst
