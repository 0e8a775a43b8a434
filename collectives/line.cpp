// SPDX-License-Identifier: Apache-2.0
#include "collectives/line.hpp"

namespace waferloom::collectives {

using core::Direction;

Line row_of(core::Rectangle area, std::uint32_t y) {
  Line line;
  for (std::uint32_t x = 0; x < area.width; ++x) line.push_back({area.x + x, y});
  return line;
}

Line column_of(core::Rectangle area, std::uint32_t x) {
  Line line;
  for (std::uint32_t y = 0; y < area.height; ++y) line.push_back({x, area.y + y});
  return line;
}

Line snake_of(core::Rectangle area) {
  Line line;
  for (std::uint32_t y = 0; y < area.height; ++y) {
    const Line row = row_of(area, area.y + y);
    if (y % 2 == 0) {
      line.insert(line.end(), row.begin(), row.end());
    } else {
      line.insert(line.end(), row.rbegin(), row.rend());
    }
  }
  return line;
}

core::Coordinate farthest_corner(core::Rectangle area, core::Coordinate tile) {
  return {2 * (tile.x - area.x) < area.width ? area.x + area.width - 1 : area.x,
          2 * (tile.y - area.y) < area.height ? area.y + area.height - 1 : area.y};
}

Line from_root_up(const Line& line, std::size_t root) {
  return {line.begin() + static_cast<std::ptrdiff_t>(root), line.end()};
}

Line from_root_down(const Line& line, std::size_t root) {
  return {line.rbegin() + static_cast<std::ptrdiff_t>(line.size() - 1 - root), line.rend()};
}

Direction towards(const Line& line, std::size_t from, std::size_t to) {
  const core::Coordinate a = line[from];
  const core::Coordinate b = line[to > from ? from + 1 : from - 1];
  if (b.x != a.x) return b.x > a.x ? Direction::east : Direction::west;
  return b.y > a.y ? Direction::south : Direction::north;
}

void lay_path(PlanBuilder& builder, const Line& line, std::size_t from, std::size_t to, core::Color color) {
  builder.route(line[from], color, {Direction::ramp}, {towards(line, from, to)});
  for (std::size_t i = from; i != to;) {
    i = to > from ? i + 1 : i - 1;
    const Direction behind = towards(line, i, from);
    builder.route(line[i], color, {behind}, {i == to ? Direction::ramp : towards(line, i, to)});
  }
}

}  // namespace waferloom::collectives
