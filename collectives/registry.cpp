// SPDX-License-Identifier: Apache-2.0
#include "collectives/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "collectives/area_reduce.hpp"
#include "collectives/broadcast.hpp"
#include "collectives/exchange.hpp"
#include "collectives/ring.hpp"
#include "core/config/origin.hpp"
#include "core/registry.hpp"

namespace waferloom::collectives {

namespace {

core::Coordinate root_of(const PlanBuilder& builder, const CollectiveParameters& p) {
  return {builder.area().x + p.root_x, builder.area().y + p.root_y};
}

/// Where on the snake through the area the root lies.
std::size_t place_on(const Line& line, core::Coordinate root) {
  return static_cast<std::size_t>(std::find(line.begin(), line.end(), root) - line.begin());
}

template <const ReduceModel& model>
void reduce(PlanBuilder& b, const CollectiveParameters& p) {
  (void)reduce_x_then_y(b, model, root_of(b, p), p.wavelets(), p.group);
}

void reduce_snake(PlanBuilder& b, const CollectiveParameters& p) {
  (void)reduce_along_snake(b, kChain, root_of(b, p), p.wavelets());
}

void reduce_ring(PlanBuilder& b, const CollectiveParameters& p) {
  const Line line = snake_of(b.area());
  ring_reduce(b, line, place_on(line, root_of(b, p)), p.wavelets(), 0);
}

template <const ReduceModel& model>
void all_reduce(PlanBuilder& b, const CollectiveParameters& p) {
  const core::Coordinate root = root_of(b, p);
  lay_flood(b, root, p.wavelets(), reduce_x_then_y(b, model, root, p.wavelets(), p.group));
}

void all_reduce_snake(PlanBuilder& b, const CollectiveParameters& p) {
  const core::Coordinate root = root_of(b, p);
  lay_flood(b, root, p.wavelets(), reduce_along_snake(b, kChain, root, p.wavelets()));
}

void all_reduce_ring(PlanBuilder& b, const CollectiveParameters& p) {
  const Line line = snake_of(b.area());
  ring_all_reduce(b, line, p.wavelets(), 0);
}

void flood(PlanBuilder& b, const CollectiveParameters& p) { lay_flood(b, root_of(b, p), p.wavelets(), {}); }

/// From the root to the farthest corner.
void message(PlanBuilder& b, const CollectiveParameters& p) {
  const core::Coordinate root = root_of(b, p);
  lay_message(b, root, farthest_corner(b.area(), root), p.wavelets());
}

void scatter(PlanBuilder& b, const CollectiveParameters& p) {
  const Line line = snake_of(b.area());
  lay_scatter(b, line, place_on(line, root_of(b, p)), p.wavelets());
}

void gather(PlanBuilder& b, const CollectiveParameters& p) {
  const Line line = snake_of(b.area());
  lay_gather(b, line, place_on(line, root_of(b, p)), p.wavelets());
}

void all_gather(PlanBuilder& b, const CollectiveParameters& p) {
  lay_all_gather(b, snake_of(b.area()), p.wavelets());
}

void all_to_all(PlanBuilder& b, const CollectiveParameters& p) {
  lay_all_to_all(b, snake_of(b.area()), p.wavelets());
}

/// All rows eastwards at once; a single column southwards.
void shift(PlanBuilder& b, const CollectiveParameters& p) {
  std::vector<core::Color> colors;
  for (std::uint32_t i = 0; i <= p.distance; ++i) colors.push_back(b.new_color());
  const core::Rectangle a = b.area();
  if (a.width == 1) {
    lay_shift(b, column_of(a, a.x), p.distance, p.wavelets(), colors);
    return;
  }
  for (std::uint32_t y = a.y; y < a.y + a.height; ++y) {
    lay_shift(b, row_of(a, y), p.distance, p.wavelets(), colors);
  }
}

constexpr std::array kCollectives{
    CollectiveModel{"broadcast", "flood", "multicast along the root's row and from it along all columns",
                    &flood},
    CollectiveModel{"message", "direct", "root to the farthest corner, along the row first", &message},
    CollectiveModel{"reduce", "chain", "rows, then the root's column: add and forward to the neighbour",
                    &reduce<kChain>},
    CollectiveModel{"reduce", "tree", "rows, then the root's column: binary tree", &reduce<kTree>},
    CollectiveModel{"reduce", "two_phase",
                    "rows, then the root's column: chains in groups, chain over groups", &reduce<kTwoPhase>},
    CollectiveModel{"reduce", "star", "rows, then the root's column: every vector straight to the root",
                    &reduce<kStar>},
    CollectiveModel{"reduce", "snake", "one chain that winds through the rectangle", &reduce_snake},
    CollectiveModel{"reduce", "ring", "reduce-scatter round a ring (a snake), then gathered at the root",
                    &reduce_ring},
    CollectiveModel{"all_reduce", "chain", "reduce by chains, then broadcast", &all_reduce<kChain>},
    CollectiveModel{"all_reduce", "tree", "reduce by trees, then broadcast", &all_reduce<kTree>},
    CollectiveModel{"all_reduce", "two_phase", "reduce in two phases, then broadcast",
                    &all_reduce<kTwoPhase>},
    CollectiveModel{"all_reduce", "star", "reduce by stars, then broadcast", &all_reduce<kStar>},
    CollectiveModel{"all_reduce", "snake", "reduce along a snake, then broadcast", &all_reduce_snake},
    CollectiveModel{"all_reduce", "ring", "reduce-scatter and all-gather round a ring (a snake)",
                    &all_reduce_ring},
    CollectiveModel{"scatter", "switched", "root's blocks to all along a snake, steered by switches",
                    &scatter},
    CollectiveModel{"gather", "star", "all blocks to the root along a snake", &gather},
    CollectiveModel{"all_gather", "relay", "all blocks to all, both ways along a snake", &all_gather},
    CollectiveModel{"all_to_all", "relay", "a block from each to each, both ways along a snake", &all_to_all},
    CollectiveModel{"shift", "direct", "every row's blocks eastwards by `distance` tiles", &shift},
};

}  // namespace

std::span<const CollectiveModel> collectives() { return kCollectives; }

const CollectiveModel& find_collective(std::string_view kind, std::string_view algorithm) {
  std::vector<std::string> kinds;
  std::vector<std::string> algorithms;
  for (const CollectiveModel& model : kCollectives) {
    if (kinds.empty() || kinds.back() != model.kind) kinds.emplace_back(model.kind);
    if (model.kind != kind) continue;
    if (algorithm == "default" || model.algorithm == algorithm) return model;
    algorithms.emplace_back(model.algorithm);
  }
  if (algorithms.empty()) throw core::unknown_name("collective.kind", kinds, kind);
  throw core::config::KeyError(
      {"collective.algorithm", "collective.kind"},
      fmt::format("expected one of {} for {}, got {}", fmt::join(algorithms, ", "), kind, algorithm));
}

Plan plan_collective(const CollectiveParameters& parameters, core::Rectangle area,
                     const fabric::FabricParameters& fabric, const pe::PeParameters& pe) {
  const CollectiveModel& model = find_collective(parameters.kind, parameters.algorithm);
  if (parameters.root_x >= area.width || parameters.root_y >= area.height) {
    throw core::config::KeyError({"collective.root_x", "collective.root_y", "collective.rectangle"},
                                 fmt::format("expected a tile within {} x {}, got ({}, {})", area.width,
                                             area.height, parameters.root_x, parameters.root_y));
  }
  if (parameters.group != 0 && model.algorithm != "two_phase") {
    throw core::config::KeyError({"collective.group", "collective.algorithm", "collective.kind"},
                                 fmt::format("expected 0 but for algorithm two_phase, got {} for {}",
                                             parameters.group, model.algorithm));
  }
  PlanBuilder builder(area, fabric, pe);
  model.lay(builder, parameters);
  return builder.take();
}

}  // namespace waferloom::collectives
