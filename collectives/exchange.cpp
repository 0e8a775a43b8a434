// SPDX-License-Identifier: Apache-2.0
#include "collectives/exchange.hpp"

#include <array>

#include "collectives/star.hpp"
#include "fabric/control.hpp"

namespace waferloom::collectives {

using core::Color;
using core::Direction;

namespace {

std::uint32_t payload_of(std::size_t source) { return static_cast<std::uint32_t>(source + 1); }

void scatter_half(PlanBuilder& builder, const Line& line, std::uint8_t thread, std::uint64_t wavelets) {
  if (line.size() < 2) return;
  const Color color = builder.new_color();
  const std::array advance{fabric::Command::switch_advance};
  builder.route(line[0], color, {Direction::ramp}, {towards(line, 0, 1)});
  for (std::size_t i = 1; i < line.size(); ++i) {
    const core::DirectionSet from{towards(line, i, 0)};
    const bool last = i + 1 == line.size();
    if (last) {
      builder.route(line[i], color, from, {Direction::ramp});
    } else {
      fabric::Route route;
      route.position_count = 2;
      route.positions[0] = {from, {Direction::ramp}};
      route.positions[1] = {from, {towards(line, i, i + 1)}};
      builder.route(line[i], color, route);
    }
    const StepRef sent = builder.send(line[0], thread, color, wavelets, payload_of(i));
    if (!last) builder.finish_with_control(sent, fabric::encode_commands(advance));
    const StepRef received = builder.receive(line[i], thread, color, wavelets, payload_of(i));
    if (!last) builder.expect_control(received);
  }
}

void gather_half(PlanBuilder& builder, const Line& line, std::uint8_t thread, std::uint64_t wavelets) {
  if (line.size() < 2) return;
  std::vector<StarVector> vectors;
  for (std::size_t i = 0; i < line.size(); ++i) vectors.push_back({wavelets, payload_of(i), {}});
  lay_star(builder, line, builder.new_color(), thread, vectors);
}

/// Colors of a flow from neighbour to neighbour: a PE receives on one and sends on the other.
struct Flow {
  Line line;
  std::array<Color, 2> colors;
  std::uint8_t thread;
  bool reversed;

  Flow(PlanBuilder& builder, const Line& along, bool up)
      : line(up ? along : Line(along.rbegin(), along.rend())),
        colors{builder.new_color(), builder.new_color()},
        thread(up ? 0 : 1),
        reversed(!up) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) lay_path(builder, line, i, i + 1, out(i));
  }
  [[nodiscard]] Color out(std::size_t i) const { return colors.at(i % 2); }
  [[nodiscard]] Color in(std::size_t i) const { return colors.at(1 - i % 2); }
  /// The place on the line itself.
  [[nodiscard]] std::size_t place(std::size_t i) const { return reversed ? line.size() - 1 - i : i; }
};

}  // namespace

void lay_scatter(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets) {
  scatter_half(builder, from_root_up(line, root), 0, wavelets);
  scatter_half(builder, from_root_down(line, root), 1, wavelets);
}

void lay_gather(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets) {
  gather_half(builder, from_root_up(line, root), 0, wavelets);
  gather_half(builder, from_root_down(line, root), 1, wavelets);
}

void lay_all_gather(PlanBuilder& builder, const Line& line, std::uint64_t wavelets) {
  for (const bool up : {true, false}) {
    const Flow flow(builder, line, up);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const core::Coordinate at = flow.line[i];
      const bool last = i + 1 == line.size();
      if (!last) builder.send(at, flow.thread, flow.out(i), wavelets, payload_of(flow.place(i)));
      for (std::size_t source = i; source-- > 0;) {
        const std::uint32_t payload = payload_of(flow.place(source));
        if (last) {
          builder.receive(at, flow.thread, flow.in(i), wavelets, payload);
        } else {
          builder.forward(at, flow.thread, flow.in(i), flow.out(i), wavelets, payload, 0);
        }
      }
    }
  }
}

void lay_all_to_all(PlanBuilder& builder, const Line& line, std::uint64_t wavelets) {
  const std::size_t n = line.size();
  const auto payload = [&](const Flow& flow, std::size_t source, std::size_t target) {
    return static_cast<std::uint32_t>(flow.place(source) * n + flow.place(target) + 1);
  };
  for (const bool up : {true, false}) {
    const Flow flow(builder, line, up);
    for (std::size_t i = 0; i < n; ++i) {
      const core::Coordinate at = flow.line[i];
      // The farthest target's block first: what a PE keeps of a source comes last.
      for (std::size_t target = n; --target > i;) {
        builder.send(at, flow.thread, flow.out(i), wavelets, payload(flow, i, target));
      }
      for (std::size_t source = i; source-- > 0;) {
        for (std::size_t target = n; --target > i;) {
          builder.forward(at, flow.thread, flow.in(i), flow.out(i), wavelets, payload(flow, source, target),
                          0);
        }
        builder.receive(at, flow.thread, flow.in(i), wavelets, payload(flow, source, i));
      }
    }
  }
}

void lay_shift(PlanBuilder& builder, const Line& line, std::size_t distance, std::uint64_t wavelets,
               const std::vector<Color>& colors) {
  for (std::size_t i = 0; i + distance < line.size(); ++i) {
    // A color's next stream begins behind the end of this one.
    const Color color = colors[i % (distance + 1)];
    lay_path(builder, line, i, i + distance, color);
    builder.send(line[i], 0, color, wavelets, payload_of(i));
    builder.receive(line[i + distance], 1, color, wavelets, payload_of(i));
  }
}

}  // namespace waferloom::collectives
