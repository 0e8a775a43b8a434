// SPDX-License-Identifier: Apache-2.0
#include "collectives/star.hpp"

#include <algorithm>
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

namespace {

/// Cycles from the router of line[i] to that of line[i - 1].
std::uint64_t hop_cycles(const fabric::FabricParameters& fabric, core::Coordinate a, core::Coordinate b) {
  const bool crosses = a.x / fabric.reticle_width != b.x / fabric.reticle_width ||
                       a.y / fabric.reticle_height != b.y / fabric.reticle_height;
  return fabric.hop_latency_cycles + (crosses ? fabric.reticle_crossing_cycles : 0);
}

/// All tiles' vectors are ready in the same cycle: each sends when those further in have passed, and no switch has to
/// turn. The first tile takes them as one stream.
StepRef lay_timed_star(PlanBuilder& builder, const LineReduce& request, core::Color color,
                       std::uint64_t payload) {
  const Line& line = request.line;
  std::uint64_t due = 0;  // when its first wavelet is at the router of line[1]
  std::uint64_t way = 0;  // cycles to there
  for (std::size_t i = 1; i < line.size(); ++i) {
    const DirectionSet towards_first{towards(line, i, 0)};
    DirectionSet from{Direction::ramp};
    if (i + 1 < line.size()) from.add(towards(line, i, i + 1));
    builder.route(line[i], color, from, towards_first);
    if (i > 1) way += hop_cycles(builder.fabric(), line[i], line[i - 1]);
    due = i == 1 ? 0 : std::max(due + request.wavelets, way);
    const Share& own = request.shares[i];
    const StepRef sent =
        builder.send(line[i], request.thread, color, request.wavelets, own.contributions, {own.ready});
    builder.delay(sent, due - way);
  }
  builder.route(line[0], color, {towards(line, 0, 1)}, {Direction::ramp});
  const StepRef last = builder.receive(line[0], request.thread, color, request.wavelets * (line.size() - 1),
                                       0, {request.shares[0].ready});
  builder.expect_payload(last, request.wavelets * payload);
  return last;
}

}  // namespace

Share star_reduce(PlanBuilder& builder, const std::vector<core::Color>& colors, const LineReduce& request) {
  std::vector<StarVector> vectors;
  Share sum{{}, 0};
  for (std::size_t i = 0; i < request.line.size(); ++i) {
    const Share& own = request.shares[i];
    vectors.push_back({request.wavelets, own.contributions, own.ready});
    if (i > 0) sum.contributions += own.contributions;
  }
  sum.ready = request.alone && builder.streams_keep_time()
                  ? lay_timed_star(builder, request, colors[0], sum.contributions)
                  : lay_star(builder, request.line, colors[0], request.thread, vectors);
  return sum;
}

}  // namespace waferloom::collectives
