// SPDX-License-Identifier: Apache-2.0
#include "collectives/star.hpp"

#include <array>

#include "collectives/reduce.hpp"
#include "fabric/control.hpp"

namespace waferloom::collectives {

using core::Direction;
using core::DirectionSet;

StepRef lay_star(PlanBuilder& builder, const Line& line, core::Color color, std::uint8_t thread,
                 const std::vector<StarVector>& vectors) {
  const std::array advance{fabric::Command::switch_advance};
  StepRef last;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const DirectionSet towards_first{towards(line, i, 0)};
    if (i + 1 < line.size()) {
      fabric::Route route;
      route.position_count = 2;
      route.positions[0] = {{Direction::ramp}, towards_first};
      route.positions[1] = {{towards(line, i, i + 1)}, towards_first};
      builder.route(line[i], color, route);
    } else {
      builder.route(line[i], color, {Direction::ramp}, towards_first);
    }
    const StarVector& vector = vectors[i];
    const StepRef sent =
        builder.send(line[i], thread, color, vector.wavelets, vector.payload, {vector.ready});
    if (i + 1 < line.size()) builder.finish_with_control(sent, fabric::encode_commands(advance));
    last = builder.receive(line[0], thread, color, vector.wavelets, vector.payload, {vectors[0].ready});
    if (i + 1 < line.size()) builder.expect_control(last);
  }
  if (line.size() > 1) builder.route(line[0], color, {towards(line, 0, 1)}, {Direction::ramp});
  return last;
}

Share star_reduce(PlanBuilder& builder, const std::vector<core::Color>& colors, const LineReduce& request) {
  std::vector<StarVector> vectors;
  Share sum{{}, 0};
  for (std::size_t i = 0; i < request.line.size(); ++i) {
    const Share& own = request.shares[i];
    vectors.push_back({request.wavelets, own.contributions, own.ready});
    if (i > 0) sum.contributions += own.contributions;
  }
  sum.ready = lay_star(builder, request.line, colors[0], request.thread, vectors);
  return sum;
}

}  // namespace waferloom::collectives
