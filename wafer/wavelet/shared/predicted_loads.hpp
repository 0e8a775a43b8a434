// SPDX-License-Identifier: Apache-2.0
// What each tile will have to do, as routes predict it: wavelets through its router and PE. Ranks divide a wafer by these
// loads; results do not depend on them.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/plan.hpp"
#include "core/geometry.hpp"
#include "core/region_grid.hpp"
#include "trace/record.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

/// A tile may have several.
struct TileLoad {
  core::Coordinate at;
  std::uint64_t load = 0;
};

/// Of a trace laid on `program`.
[[nodiscard]] std::vector<TileLoad> predict_loads(const Hardware& hardware, core::Rectangle program,
                                                  const std::vector<trace::Record>& records);

/// Of a planned program.
[[nodiscard]] std::vector<TileLoad> predict_loads(const collectives::Plan& plan);

/// What the regions of a grid have of them.
[[nodiscard]] std::vector<std::uint64_t> by_region(const core::RegionGrid& grid,
                                                   const std::vector<TileLoad>& loads);

}  // namespace waferloom::wafer
