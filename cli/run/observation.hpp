// SPDX-License-Identifier: Apache-2.0
// What a scenario wants to see of a run besides its results: waveforms and logs of wavelets.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "ranks/ranks.hpp"
#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/observation/landing.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/observation/wave_sink.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/scenario/scenario.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"

namespace waferloom::cli {

class Observation {
 public:
  /// Opens the files in `directory`, which rank 0 of those who share a run alone has. `chosen`: what is observed, as the
  /// run was prepared with it.
  /// `keeps`: the run has checkpoints; `before`: the directory of the run that goes on; empty: none does.
  struct Place {
    const std::filesystem::path* directory;
    ranks::Ranks* team;
    bool keeps;
    std::filesystem::path before;
  };
  Observation(const wafer::Scenario& scenario, const wafer::Chosen& chosen, const Place& place);

  /// Good for as long as this object lives.
  [[nodiscard]] const wafer::ObserverFactories& factories() const { return factories_; }
  /// The same at fidelity `burst`; empty where nothing is to be seen.
  [[nodiscard]] const burst::ObserverFactory& of_bursts() const { return of_bursts_; }
  /// Of the chosen tiles, after the run.
  [[nodiscard]] const std::vector<wafer::TileState>& tile_states() const {
    return states_ ? states_->spans() : no_states_;
  }

 private:
  void observe_waveform(const wafer::Scenario& scenario, const wafer::Chosen& chosen, const Place& place);
  void observe_tracks(const wafer::Scenario& scenario, const wafer::Chosen& chosen, ranks::Ranks* team);
  void observe_landings(const wafer::Scenario& scenario, const wafer::Chosen& chosen, const Place& place);

  const std::vector<wafer::TileState> no_states_;
  std::unique_ptr<wafer::WaveSink> waveform_;
  std::unique_ptr<wafer::LandingSink> log_;
  std::unique_ptr<wafer::TileStates> states_;
  wafer::ObserverFactories factories_;
  burst::ObserverFactory of_bursts_;
};

}  // namespace waferloom::cli
