// SPDX-License-Identifier: Apache-2.0
#include "noc/traffic_pattern.hpp"

#include <algorithm>
#include <array>

#include "core/registry.hpp"
#include "noc/traffic_table.hpp"

namespace waferloom::noc {

namespace {

using core::Coordinate;

Coordinate bit_complement(const PatternContext& mesh, Coordinate source, RandomStream&) {
  return {mesh.width - 1 - source.x, mesh.height - 1 - source.y};
}

Coordinate uniform(const PatternContext& mesh, Coordinate, RandomStream& random) {
  const std::uint32_t x = random.below(mesh.width);
  return {x, random.below(mesh.height)};
}

Coordinate hotspot(const PatternContext& mesh, Coordinate source, RandomStream& random) {
  return random.real() <= mesh.hotspot_share ? mesh.hotspot : uniform(mesh, source, random);
}

Coordinate neighbour(const PatternContext& mesh, Coordinate source, RandomStream&) {
  return {(source.x + 1) % mesh.width, (source.y + 1) % mesh.height};
}

Coordinate table(const PatternContext& mesh, Coordinate source, RandomStream& random) {
  const std::uint32_t to = mesh.table->destination(source.y * mesh.width + source.x, random.real());
  return {to % mesh.width, to / mesh.width};
}

/// Nearly half the way round in each dimension.
Coordinate tornado(const PatternContext& mesh, Coordinate source, RandomStream&) {
  return {(source.x + (mesh.width + 1) / 2 - 1) % mesh.width,
          (source.y + (mesh.height + 1) / 2 - 1) % mesh.height};
}

Coordinate transpose(const PatternContext&, Coordinate source, RandomStream&) { return {source.y, source.x}; }

constexpr std::array kPatterns{
    TrafficPattern{"bit_complement", "(x, y) to (width - 1 - x, height - 1 - y)", false, &bit_complement},
    TrafficPattern{kHotspotPattern, "a share to one node, the rest uniform", false, &hotspot},
    TrafficPattern{"neighbour", "(x, y) to (x + 1, y + 1), from the last column and row to the first", false,
                   &neighbour},
    TrafficPattern{kTablePattern, "pairs and rates from a file", false, &table},
    TrafficPattern{"tornado", "nearly half the mesh away in each dimension, modulo its size", false,
                   &tornado},
    TrafficPattern{"transpose", "(x, y) to (y, x)", true, &transpose},
    TrafficPattern{"uniform", "any node, the source included", false, &uniform},
};

}  // namespace

std::span<const TrafficPattern> traffic_patterns() { return kPatterns; }

const TrafficPattern* find_traffic_pattern(std::string_view name) {
  return core::find_named(traffic_patterns(), name);
}

}  // namespace waferloom::noc
