// SPDX-License-Identifier: Apache-2.0
// The states of chosen tiles' PEs on a simulated wafer (wafer/observation/tile_states.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "wafer/observation/tile_states.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"
#include "wafer/wavelet/probes/tile_watch.hpp"

namespace waferloom::wafer {

/// Watches PEs at fidelity wavelet.
class TileStateProbe final : public CycleObserver {
 public:
  TileStateProbe(Wafer& wafer, TileStates& states);
  void cycles_complete(core::Cycle cycle) override;
  void finish(core::Cycle cycle) override;
  void archive(core::State& state) override;
  void archive_standing(core::State& state) { state(last_); }
  [[nodiscard]] std::vector<std::byte> watched() const;
  void take_watched(const std::vector<std::byte>& bytes);

 private:
  struct Place {
    Region* region = nullptr;
    std::uint32_t index = 0;
  };
  void look(std::uint32_t place, core::Cycle cycle);

  TileStates& states_;
  std::vector<Place> places_;
  TileWatch watch_;
  core::Cycle last_ = core::kNever;
};

}  // namespace waferloom::wafer
