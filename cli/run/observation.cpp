// SPDX-License-Identifier: Apache-2.0
#include "cli/run/observation.hpp"

#include <cmath>
#include <utility>

#include "results/wave/kept_observations.hpp"
#include "results/wave/wave_formats.hpp"
#include "results/wave/wavelet_log_file.hpp"
#include "wafer/burst/tile_states.hpp"
#include "wafer/burst/waveform.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/wavelet/probes/tile_state_probe.hpp"
#include "wafer/wavelet/probes/waveform.hpp"
#include "wafer/wavelet/probes/wavelet_log.hpp"
#include "wafer/wavelet/shared/shared_observers.hpp"

namespace waferloom::cli {

namespace {

struct Cycles {
  core::Cycle from = 0;
  core::Cycle to = core::kNever;
};

Cycles cycles_of(const std::pair<double, double>& window_s, double clock_hz) {
  if (window_s.second == 0) return {};
  return {static_cast<core::Cycle>(std::ceil(window_s.first * clock_hz)),
          static_cast<core::Cycle>(std::ceil(window_s.second * clock_hz))};
}

}  // namespace

Observation::Observation(const wafer::Scenario& scenario, const wafer::Chosen& chosen, const Place& place) {
  if (!scenario.observe.waveform.signals.empty()) observe_waveform(scenario, chosen, place);
  if (!scenario.observe.tracks.tiles.empty()) observe_tracks(scenario, chosen, place.team);
  if (!scenario.observe.wavelet_log.tiles.empty()) observe_landings(scenario, chosen, place);
}

void Observation::observe_waveform(const wafer::Scenario& scenario, const wafer::Chosen& chosen,
                                   const Place& place) {
  const wafer::WaveformParameters& wanted = scenario.observe.waveform;
  const Cycles cycles = cycles_of(wanted.window_s, scenario.hardware.pe.clock_hz);
  if (place.directory != nullptr) waveform_ = results::make_wave(wanted.format, *place.directory);
  if (waveform_ && place.keeps) {
    waveform_ = results::with_journal(std::move(waveform_), *place.directory, place.before);
  }
  if (scenario.fidelity == "burst") {
    of_bursts_ = [cycles, signals = chosen.signals, sink = waveform_.get()](const burst::Observed& observed) {
      return std::make_unique<burst::BurstWaveform>(observed, signals, cycles.from, cycles.to, *sink);
    };
    return;
  }
  factories_.push_back([cycles, team = place.team, signals = chosen.signals, sink = waveform_.get()](
                           wafer::Wafer& wafer) -> std::unique_ptr<wafer::CycleObserver> {
    if (team != nullptr) return wafer::observe_waveform(wafer, *team, signals, cycles.from, cycles.to, sink);
    return std::make_unique<wafer::WaveformProbe>(wafer, signals, cycles.from, cycles.to, *sink);
  });
}

void Observation::observe_tracks(const wafer::Scenario& scenario, const wafer::Chosen& chosen,
                                 ranks::Ranks* team) {
  const wafer::TrackParameters& wanted = scenario.observe.tracks;
  const Cycles cycles = cycles_of(wanted.window_s, scenario.hardware.pe.clock_hz);
  states_ =
      std::make_unique<wafer::TileStates>(chosen.track_tiles, cycles.from, cycles.to, wanted.resolution);
  if (scenario.fidelity == "burst") {
    of_bursts_ =
        burst::both(std::move(of_bursts_), [states = states_.get()](const burst::Observed& observed) {
          return std::make_unique<burst::TileStateProbe>(observed, *states);
        });
    return;
  }
  factories_.push_back(
      [team, states = states_.get()](wafer::Wafer& wafer) -> std::unique_ptr<wafer::CycleObserver> {
        if (team != nullptr) return wafer::observe_tile_states(wafer, *team, *states);
        return std::make_unique<wafer::TileStateProbe>(wafer, *states);
      });
}

void Observation::observe_landings(const wafer::Scenario& scenario, const wafer::Chosen& chosen,
                                   const Place& place) {
  const Cycles cycles = cycles_of(scenario.observe.wavelet_log.window_s, scenario.hardware.pe.clock_hz);
  if (place.directory != nullptr) {
    log_ = results::make_wavelet_log(*place.directory, scenario.hardware.fabric.width,
                                     scenario.hardware.fabric.height);
    if (place.keeps) log_ = results::with_journal(std::move(log_), *place.directory, place.before);
  }
  factories_.push_back([cycles, team = place.team, tiles = chosen.log_tiles,
                        sink = log_.get()](wafer::Wafer& wafer) -> std::unique_ptr<wafer::CycleObserver> {
    if (team != nullptr) return wafer::observe_landings(wafer, *team, tiles, cycles.from, cycles.to, sink);
    return std::make_unique<wafer::WaveletLog>(wafer, tiles, cycles.from, cycles.to, *sink);
  });
}

}  // namespace waferloom::cli
