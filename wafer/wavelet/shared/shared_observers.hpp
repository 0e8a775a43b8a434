// SPDX-License-Identifier: Apache-2.0
// Observers of a wafer that ranks share. Each rank watches what it has; what they have seen goes to rank 0 from time to
// time, which tells the files of it in the order of one process: by cycle, then as signals and tiles were given.
#pragma once

#include <memory>
#include <vector>

#include "ranks/ranks.hpp"
#include "wafer/observation/landing.hpp"
#include "wafer/observation/signals.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/observation/wave_sink.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"

namespace waferloom::wafer {

/// What is to be seen, and in which cycles, is the same on all ranks; where it goes counts on rank 0.
[[nodiscard]] std::unique_ptr<CycleObserver> observe_waveform(Wafer& wafer, ranks::Ranks& ranks,
                                                              const std::vector<Signal>& signals,
                                                              core::Cycle from, core::Cycle to,
                                                              WaveSink* sink);
[[nodiscard]] std::unique_ptr<CycleObserver> observe_landings(Wafer& wafer, ranks::Ranks& ranks,
                                                              const std::vector<core::Coordinate>& tiles,
                                                              core::Cycle from, core::Cycle to,
                                                              LandingSink* sink);
/// `states`: on every rank; rank 0 gets the spans.
[[nodiscard]] std::unique_ptr<CycleObserver> observe_tile_states(Wafer& wafer, ranks::Ranks& ranks,
                                                                 TileStates& states);

}  // namespace waferloom::wafer
