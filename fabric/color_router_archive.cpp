// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of routers: all that changes in a run. Routes, ports and who lies next to whom are laid anew.
#include <bit>

#include "core/places.hpp"
#include "core/state/state.hpp"
#include "fabric/color_router_array.hpp"

namespace waferloom::fabric {

using core::Cycle;

void ColorRouterArray::archive(core::State& state, std::uint32_t tile) {
  const std::uint32_t place = router_of_[tile];
  if (place == kNone) return;
  RouterState& router = routers_[place];
  state(router.want, router.credit, router.last, router.busy);
  for (std::size_t d = 0; links_are_slow_ && d < core::kNeighbours; ++d) {
    state(link_free_[std::size_t{place} * core::kNeighbours + d]);
  }
  const bool is_active = state.kept(router.listed);
  for (std::uint32_t colors = row_colors_[place]; colors != 0; colors &= colors - 1) {
    const std::uint32_t index = rows_[place][static_cast<std::size_t>(std::countr_zero(colors))];
    ColorState& color = states_[index];
    state(color.popped, color.rx, color.tx, color.head_input, color.pending, color.position, color.count,
          color.front, color.credits, cold_[index].sent_before);
    if (state.loads()) color.settle();
    if (turn_latency_ != 0) state(arrived_[index]);
    for (std::size_t input = 0; input < core::kDirections; ++input) {
      if (color.ring[input] == kNoRing) continue;
      for (std::uint32_t i = 0; i < ring_; ++i)
        state(entries_[color.entries + color.ring[input] * ring_ + i]);
    }
  }
  if (!state.loads()) return;
  for (std::size_t d = 0; d < core::kDirections; ++d) router.settle(d);
  if (is_active) activate(place);
}

void ColorRouterArray::archive_between(core::State& state, const core::Rectangle& of, Cycle now) {
  struct KeptFlight {
    Cycle arrival;
    std::uint32_t tile;
    std::uint32_t data;
    core::Color color;
    std::uint8_t input;
    bool control;
  };
  struct KeptRelease {
    Cycle cycle;
    std::uint32_t tile;
    std::uint8_t output;
  };
  std::vector<KeptFlight> flights;
  std::vector<KeptRelease> releases;
  if (!state.loads()) {
    for (Cycle cycle = now + 1; cycle <= now + kFlightSlots; ++cycle) {
      for (const Flight& flight : flights_.of(cycle)) {
        const ColorState& color = states_[flight.state];
        flights.push_back(
            {cycle, routers_[color.router].tile, flight.data, color.color, flight.input, flight.control});
      }
      for (const Release& release : releases_.of(cycle)) {
        releases.push_back({cycle, routers_[release.router].tile, release.output});
      }
    }
  }
  state(flights, releases);
  const std::uint64_t hops = state.kept(hops_);
  if (!state.loads()) return;
  for (const KeptFlight& flight : flights) {
    const core::Coordinate at = core::place_at(of, flight.tile);
    if (!area_.contains(at)) continue;
    flights_.add(flight.arrival,
                 {find(core::number_of(area_, at), flight.color), flight.data, flight.input, flight.control});
    ++in_flight_;
  }
  for (const KeptRelease& release : releases) {
    const core::Coordinate at = core::place_at(of, release.tile);
    if (!area_.contains(at)) continue;
    releases_.add(release.cycle, {router_of_[core::number_of(area_, at)], release.output});
    ++in_flight_;
  }
  if (area_.contains(core::Coordinate{of.x, of.y})) hops_ += hops;
}

}  // namespace waferloom::fabric
