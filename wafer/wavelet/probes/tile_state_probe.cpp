// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/tile_state_probe.hpp"

#include <algorithm>

#include "wafer/wavelet/probes/kept_probe.hpp"

namespace waferloom::wafer {

using core::Cycle;

TileStateProbe::TileStateProbe(Wafer& wafer, TileStates& states) : states_(states) {
  for (const core::Coordinate at : states.tiles()) {
    Region& region = wafer.region_of(at);
    const auto place = static_cast<std::uint32_t>(places_.size());
    places_.push_back({&region, region.index_of(at)});
    watch_.add(place, region, places_.back().index, false, true);
    watch_.ask(place, 0);
  }
}

void TileStateProbe::cycles_complete(Cycle cycle) {
  if (last_ < states_.to()) {
    watch_.changed(last_, [&](std::uint32_t place) { look(place, last_); });
    // Work may end where nothing runs.
    const Cycle end = std::min(cycle, states_.to());
    for (Cycle next = watch_.next(); next < end; next = watch_.next()) {
      watch_.due(next, [&](std::uint32_t place) { look(place, next); });
    }
  }
  last_ = cycle;
}

void TileStateProbe::finish(Cycle cycle) {
  if (last_ != core::kNever) cycles_complete(std::max(cycle, last_) + 1);
  states_.check_window(cycle);
  states_.finish(last_);
}

void TileStateProbe::archive(core::State& state) { archive_probe(state, *this); }

std::vector<std::byte> TileStateProbe::watched() const {
  std::vector<std::vector<Cycle>> asks(places_.size());
  for (const auto& [cycle, place] : watch_.asked()) asks[place].push_back(cycle);
  core::State state;
  for (std::size_t place = 0; place < places_.size(); ++place) {
    static_cast<void>(state.kept(states_.tiles()[place]));
    core::State own;
    own(asks[place]);
    states_.archive(own, place);
    std::vector<std::byte> bytes = own.take();
    state(bytes);
  }
  return state.take();
}

void TileStateProbe::take_watched(const std::vector<std::byte>& bytes) {
  if (last_ != core::kNever) watch_.begin_at(last_);
  const std::vector<core::Coordinate>& tiles = states_.tiles();
  for (core::State state(bytes); !state.empty();) {
    const auto at = state.kept(core::Coordinate{});
    core::State own(state.view());
    const auto place = std::find(tiles.begin(), tiles.end(), at);
    if (place == tiles.end()) continue;
    const auto number = static_cast<std::size_t>(place - tiles.begin());
    std::vector<Cycle> asks;
    own(asks);
    for (const Cycle cycle : asks) watch_.ask(static_cast<std::uint32_t>(number), cycle);
    states_.archive(own, number);
  }
}

void TileStateProbe::look(std::uint32_t place, Cycle cycle) {
  const pe::PeView view = places_[place].region->pes().view(places_[place].index, cycle);
  states_.show(place, cycle, view.state, view.tag);
  watch_.ask(place, view.until);
}

}  // namespace waferloom::wafer
