// SPDX-License-Identifier: Apache-2.0
// Lines of neighbouring tiles: a row, a column, or a snake through a rectangle.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/plan.hpp"
#include "core/direction.hpp"
#include "core/geometry.hpp"

namespace waferloom::collectives {

using Line = std::vector<core::Coordinate>;

[[nodiscard]] Line row_of(core::Rectangle area, std::uint32_t y);
[[nodiscard]] Line column_of(core::Rectangle area, std::uint32_t x);
/// All tiles: the first row eastwards, the second westwards, and so on.
[[nodiscard]] Line snake_of(core::Rectangle area);
/// The part of a line from `root` to its end, and the one from `root` to its beginning; both begin at `root`.
[[nodiscard]] Line from_root_up(const Line& line, std::size_t root);
[[nodiscard]] Line from_root_down(const Line& line, std::size_t root);

/// Of the corners of an area the one with the longest way from `tile`.
[[nodiscard]] core::Coordinate farthest_corner(core::Rectangle area, core::Coordinate tile);

/// The port of line[from] that faces line[from + 1] or line[from - 1].
[[nodiscard]] core::Direction towards(const Line& line, std::size_t from, std::size_t to);

/// Lays a color from the PE of line[from] to that of line[to], through the routers between.
void lay_path(PlanBuilder& builder, const Line& line, std::size_t from, std::size_t to, core::Color color);

}  // namespace waferloom::collectives
