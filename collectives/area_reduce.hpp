// SPDX-License-Identifier: Apache-2.0
// A line's reduction placed on a row, a column or a rectangle, with its root anywhere: along every row into
// the root's column, then along that column; or along a snake.
#pragma once

#include "collectives/reduce.hpp"

namespace waferloom::collectives {

/// Along rows, then along the root's column. Returns the sum at the root, its own vector included.
[[nodiscard]] Share reduce_x_then_y(PlanBuilder& builder, const ReduceModel& model, core::Coordinate root,
                                    std::uint64_t wavelets, std::size_t group);
/// Along the snake through the area, from both of its ends to the root.
[[nodiscard]] Share reduce_along_snake(PlanBuilder& builder, const ReduceModel& model, core::Coordinate root,
                                       std::uint64_t wavelets);

}  // namespace waferloom::collectives
