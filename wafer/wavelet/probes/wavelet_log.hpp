// SPDX-License-Identifier: Apache-2.0
// Observes the wavelets that land in the routers of chosen tiles. It compares the queues of routers that have changed
// between two cycles: a queue takes at most one wavelet a cycle, and its ring tells how many have left.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/router_array.hpp"
#include "wafer/observation/landing.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"
#include "wafer/wavelet/probes/tile_watch.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class WaveletLog final : public CycleObserver {
 public:
  /// Cycles from `from` to before `to` are observed.
  WaveletLog(Wafer& wafer, const std::vector<core::Coordinate>& tiles, core::Cycle from, core::Cycle to,
             LandingSink& sink);

  void cycles_complete(core::Cycle cycle) override;
  void finish(core::Cycle cycle) override;
  void archive(core::State& state) override;
  void archive_standing(core::State& state) { state(last_, begun_); }
  [[nodiscard]] std::vector<std::byte> watched() const;
  void take_watched(const std::vector<std::byte>& bytes);

 private:
  struct Place {
    core::Coordinate at;
    Region* region = nullptr;
    std::uint32_t index = 0;
    std::vector<fabric::QueueView> before;
  };
  /// Of its tile; none: it is not watched here.
  [[nodiscard]] Place* place_of(core::Coordinate at);

  /// `write`: the landings of `cycle`; else only what they will be told from.
  void read(Place& place, core::Cycle cycle, bool write);

  core::Cycle from_;
  core::Cycle to_;
  LandingSink& sink_;
  std::vector<Place> places_;
  TileWatch watch_;
  std::vector<fabric::QueueView> now_;
  core::Cycle last_ = core::kNever;
  bool begun_ = false;
};

}  // namespace waferloom::wafer
