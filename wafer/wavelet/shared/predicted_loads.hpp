// SPDX-License-Identifier: Apache-2.0
// What each region of a grid will have to do, as routes predict it: wavelets through its routers and PEs. Ranks divide a
// wafer by these loads; results do not depend on them.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/plan.hpp"
#include "core/region_grid.hpp"
#include "trace/record.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

/// Of a trace laid on `program`.
[[nodiscard]] std::vector<std::uint64_t> predict_loads(const core::RegionGrid& grid, const Hardware& hardware,
                                                       core::Rectangle program,
                                                       const std::vector<trace::Record>& records);

/// Of a planned program.
[[nodiscard]] std::vector<std::uint64_t> predict_loads(const core::RegionGrid& grid,
                                                       const collectives::Plan& plan);

}  // namespace waferloom::wafer
