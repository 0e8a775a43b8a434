// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/tile_state_probe.hpp"

#include <algorithm>

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
  states_.finish(last_);
}

void TileStateProbe::look(std::uint32_t place, Cycle cycle) {
  const pe::PeView view = places_[place].region->pes().view(places_[place].index, cycle);
  states_.show(place, cycle, view.state, view.tag);
  watch_.ask(place, view.until);
}

}  // namespace waferloom::wafer
