// SPDX-License-Identifier: Apache-2.0
#include "collectives/lower_bound.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "collectives/line.hpp"
#include "core/places.hpp"

namespace waferloom::collectives {

namespace {

using core::Coordinate;
using core::Cycle;
using core::Rectangle;

/// Where a bound is looked for.
class Machine {
 public:
  Machine(Rectangle area, const fabric::FabricParameters& fabric) : area_(area), fabric_(fabric) {}

  /// Cycles from one PE to another's, of a wavelet that meets no other.
  [[nodiscard]] double way(Coordinate from, Coordinate to) const {
    const auto apart = [](std::uint32_t a, std::uint32_t b) { return a < b ? b - a : a - b; };
    const std::uint64_t hops = std::uint64_t{apart(from.x, to.x)} + apart(from.y, to.y);
    const std::uint64_t crossings =
        std::uint64_t{apart(from.x / fabric_.reticle_width, to.x / fabric_.reticle_width)} +
        apart(from.y / fabric_.reticle_height, to.y / fabric_.reticle_height);
    const bool turns = from.x != to.x && from.y != to.y;
    return static_cast<double>(hops) * fabric_.hop_latency_cycles +
           static_cast<double>(crossings) * fabric_.reticle_crossing_cycles +
           (turns ? fabric_.turn_latency_cycles : 0) + 2.0 * fabric_.ramp_latency_cycles;
  }
  [[nodiscard]] double next_door() const {
    return fabric_.hop_latency_cycles + 2.0 * fabric_.ramp_latency_cycles;
  }
  [[nodiscard]] double link() const { return fabric_.link_cycles(); }
  /// Cycles a wavelet of all that a PE sends, or takes.
  [[nodiscard]] double ramp(Coordinate at) const {
    std::uint32_t links = 0;
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      links += core::neighbour(at, static_cast<core::Direction>(d), area_).has_value() ? 1 : 0;
    }
    return links == 0 ? 1 : std::max(1.0, link() / links);
  }
  [[nodiscard]] std::array<Coordinate, 4> corners() const {
    const std::uint32_t right = area_.x + area_.width - 1;
    const std::uint32_t bottom = area_.y + area_.height - 1;
    return {Coordinate{area_.x, area_.y}, Coordinate{right, area_.y}, Coordinate{area_.x, bottom},
            Coordinate{right, bottom}};
  }

 private:
  Rectangle area_;
  const fabric::FabricParameters& fabric_;
};

/// The largest of the terms.
class Largest {
 public:
  void take(std::string_view term, std::string_view formula, double way, double wavelets, double each) {
    if (wavelets < 1) return;
    // A cycle's part is none: the wavelet is there in a cycle or in the next.
    const auto cycles = static_cast<Cycle>(std::floor(way + (wavelets - 1) * each + 1));
    if (cycles > bound_.cycles) bound_ = {cycles, term, formula};
  }
  /// B wavelets from one tile to another.
  void distance(const Machine& machine, Coordinate from, Coordinate to, double wavelets) {
    take("distance", "L + (B - 1) r + 1", machine.way(from, to), wavelets,
         std::min(machine.ramp(from), machine.ramp(to)));
  }
  void ramp(const Machine& machine, Coordinate at, double wavelets) {
    take("ramp", "L_1 + (n - 1) r + 1", machine.next_door(), wavelets, machine.ramp(at));
  }
  void cut(const Machine& machine, double wavelets, double links) {
    take("cut", "L_1 + (n / links - 1) l + 1", machine.next_door(), wavelets / links, machine.link());
  }
  [[nodiscard]] const LowerBound& bound() const { return bound_; }

 private:
  LowerBound bound_;
};

/// What each tile has for each other passes the middle of the rectangle, either way.
void halve(Largest& largest, const Machine& machine, Rectangle area, double block) {
  const auto cut = [&](double edge, double links) {
    const double less = std::floor(edge / 2);
    if (less > 0) largest.cut(machine, less * links * (edge - less) * links * block, links);
  };
  cut(area.width, area.height);
  cut(area.height, area.width);
}

/// Of every row, or of a single column: the blocks of `distance` tiles pass the busiest place.
void shift(Largest& largest, const Machine& machine, const CollectiveParameters& p, Rectangle area,
           double block) {
  const bool is_column = area.width == 1;
  const std::uint32_t edge = is_column ? area.height : area.width;
  if (p.distance >= edge) return;
  const Coordinate to =
      is_column ? Coordinate{area.x, area.y + p.distance} : Coordinate{area.x + p.distance, area.y};
  largest.distance(machine, {area.x, area.y}, to, block);
  const double lines = is_column ? 1 : area.height;
  largest.cut(machine, std::min(p.distance, edge - p.distance) * lines * block, lines);
}

}  // namespace

LowerBound lower_bound(const CollectiveParameters& p, Rectangle area,
                       const fabric::FabricParameters& fabric) {
  const Machine machine(area, fabric);
  const Coordinate root{area.x + p.root_x, area.y + p.root_y};
  const auto block = static_cast<double>(p.wavelets());
  const double others = static_cast<double>(area.area()) - 1;
  Largest largest;
  if (others < 1 || p.wavelets() == 0) return {};
  if (p.kind == "shift") {
    shift(largest, machine, p, area, block);
    return largest.bound();
  }
  if (p.kind == "message") {
    largest.distance(machine, root, farthest_corner(area, root), block);
    return largest.bound();
  }
  const bool is_rootless = p.kind.starts_with("all_");
  for (const Coordinate& corner : machine.corners()) {
    if (corner != root) largest.distance(machine, corner, root, block);
    if (!is_rootless) continue;
    for (const Coordinate& other : machine.corners()) {
      if (corner != other) largest.distance(machine, corner, other, block);
    }
  }
  if (p.kind == "scatter" || p.kind == "gather") largest.ramp(machine, root, others * block);
  if (p.kind == "all_gather" || p.kind == "all_to_all") {
    for (const Coordinate& corner : machine.corners()) largest.ramp(machine, corner, others * block);
  }
  if (p.kind == "all_to_all") halve(largest, machine, area, block);
  return largest.bound();
}

}  // namespace waferloom::collectives
