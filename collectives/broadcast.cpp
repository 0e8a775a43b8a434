// SPDX-License-Identifier: Apache-2.0
#include "collectives/broadcast.hpp"

namespace waferloom::collectives {

using core::Direction;
using core::DirectionSet;

namespace {

constexpr std::uint8_t kThread = 4;  // reductions before it use the others

}  // namespace

void lay_flood(PlanBuilder& builder, core::Coordinate root, std::uint64_t wavelets, const Share& vector) {
  const core::Rectangle area = builder.area();
  const core::Color color = builder.new_color();
  for (std::uint32_t y = area.y; y < area.y + area.height; ++y) {
    for (std::uint32_t x = area.x; x < area.x + area.width; ++x) {
      const bool is_root = x == root.x && y == root.y;
      const bool in_row = y == root.y;
      DirectionSet tx;
      if (in_row && x >= root.x && x + 1 < area.x + area.width) tx.add(Direction::east);
      if (in_row && x <= root.x && x > area.x) tx.add(Direction::west);
      if (y >= root.y && y + 1 < area.y + area.height) tx.add(Direction::south);
      if (y <= root.y && y > area.y) tx.add(Direction::north);
      if (!is_root) tx.add(Direction::ramp);
      const Direction from = is_root      ? Direction::ramp
                             : y > root.y ? Direction::north
                             : y < root.y ? Direction::south
                             : x > root.x ? Direction::west
                                          : Direction::east;
      if (area.area() == 1) return;
      builder.route({x, y}, color, {from}, tx);
      if (is_root) {
        builder.send({x, y}, kThread, color, wavelets, vector.contributions, {vector.ready});
      } else {
        builder.receive({x, y}, kThread, color, wavelets, vector.contributions);
      }
    }
  }
}

void lay_message(PlanBuilder& builder, core::Coordinate from, core::Coordinate to, std::uint64_t wavelets) {
  const core::Color color = builder.new_color();
  Line line{from};
  while (line.back().x != to.x) {
    core::Coordinate next = line.back();
    next.x += to.x > next.x ? 1U : ~0U;
    line.push_back(next);
  }
  while (line.back().y != to.y) {
    core::Coordinate next = line.back();
    next.y += to.y > next.y ? 1U : ~0U;
    line.push_back(next);
  }
  if (line.size() == 1) return;
  lay_path(builder, line, 0, line.size() - 1, color);
  builder.send(from, kThread, color, wavelets, 1);
  builder.receive(to, kThread, color, wavelets, 1);
}

}  // namespace waferloom::collectives
