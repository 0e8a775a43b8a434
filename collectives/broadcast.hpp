// SPDX-License-Identifier: Apache-2.0
// One tile's vector to all others or to one, on one color.
#pragma once

#include "collectives/reduce.hpp"

namespace waferloom::collectives {

/// Floods the area: along the root's row, and from each of its tiles along the column. Routers copy.
void lay_flood(PlanBuilder& builder, core::Coordinate root, std::uint64_t wavelets, const Share& vector);

/// To one tile, along the row first.
void lay_message(PlanBuilder& builder, core::Coordinate from, core::Coordinate to, std::uint64_t wavelets);

}  // namespace waferloom::collectives
