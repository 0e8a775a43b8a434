// SPDX-License-Identifier: Apache-2.0
// The states of chosen tiles at fidelity `burst`: each shows what the tile of the grid does that stands for it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/observation/tile_states.hpp"

namespace waferloom::burst {

class TileStateProbe final : public EngineObserver {
 public:
  TileStateProbe(const Observed& observed, wafer::TileStates& states);

  void visited(std::uint32_t tile) override;
  void complete(Ticks time) override;
  void finish(Ticks time) override;
  [[nodiscard]] bool satisfied() const override { return done_; }

 private:
  Observed observed_;
  wafer::TileStates& states_;
  std::vector<std::vector<std::size_t>> of_tile_;  ///< chosen tiles by tile of the grid
  std::vector<std::uint32_t> visited_;
  bool done_ = false;
};

}  // namespace waferloom::burst
