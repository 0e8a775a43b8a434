// SPDX-License-Identifier: Apache-2.0
// The plan of a tile's SRAM as a terminal shows it.
#pragma once

#include <string>
#include <vector>

#include "trace/sram_plan.hpp"

namespace waferloom::cli {

/// Its peak, then every tensor with the records between which it lives; those of the peak are marked. `capacity`: bytes
/// that a PE has.
[[nodiscard]] std::string sram_plan_text(const trace::SramPlan& plan,
                                         const std::vector<trace::Record>& records, std::uint64_t capacity);

}  // namespace waferloom::cli
