// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/tile_states.hpp"

#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/engine.hpp"

namespace waferloom::burst {

TileStateProbe::TileStateProbe(const Observed& observed, wafer::TileStates& states)
    : observed_(observed), states_(states), of_tile_(observed.coarse.program.area()) {
  const core::Rectangle& program = observed_.program;
  for (std::size_t i = 0; i < states.tiles().size(); ++i) {
    const core::Coordinate at = states.tiles()[i];
    if (!program.contains(at)) continue;  // no program runs there
    const std::uint32_t column = observed_.coarse.column_of[at.x - program.x];
    const std::uint32_t row = observed_.coarse.row_of[at.y - program.y];
    of_tile_[std::size_t{row} * observed_.coarse.program.width + column].push_back(i);
  }
}

void TileStateProbe::visited(std::uint32_t tile) {
  if (!of_tile_[tile].empty()) visited_.push_back(tile);
}

void TileStateProbe::complete(Ticks time) {
  const core::Cycle cycle = cycle_of(time);
  for (const std::uint32_t tile : std::exchange(visited_, {})) {
    const TileView view = observed_.engine.view(tile);
    for (const std::size_t number : of_tile_[tile]) states_.show(number, cycle, view.state, view.tag);
  }
  done_ = cycle >= states_.to();
}

void TileStateProbe::finish(Ticks time) {
  states_.check_window(cycle_of(time));
  states_.finish(cycle_of(time));
}

}  // namespace waferloom::burst
