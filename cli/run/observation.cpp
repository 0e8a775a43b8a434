// SPDX-License-Identifier: Apache-2.0
#include "cli/run/observation.hpp"

#include <cmath>
#include <utility>

#include "results/wave/wave_formats.hpp"
#include "results/wave/wavelet_log_file.hpp"
#include "wafer/burst/tile_states.hpp"
#include "wafer/burst/waveform.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/wavelet/probes/tile_state_probe.hpp"
#include "wafer/wavelet/probes/waveform.hpp"
#include "wafer/wavelet/probes/wavelet_log.hpp"

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

Observation::Observation(const wafer::Scenario& scenario, const wafer::Chosen& chosen,
                         const std::filesystem::path& directory) {
  const bool bursts = scenario.fidelity == "burst";
  if (const wafer::WaveformParameters& wanted = scenario.observe.waveform; !wanted.signals.empty()) {
    const Cycles cycles = cycles_of(wanted.window_s, scenario.hardware.pe.clock_hz);
    waveform_ = results::make_wave(wanted.format, directory);
    if (bursts) {
      of_bursts_ = [cycles, signals = chosen.signals,
                    sink = waveform_.get()](const burst::Observed& observed) {
        return std::make_unique<burst::BurstWaveform>(observed, signals, cycles.from, cycles.to, *sink);
      };
    } else {
      factories_.push_back([cycles, signals = chosen.signals, sink = waveform_.get()](wafer::Wafer& wafer) {
        return std::make_unique<wafer::WaveformProbe>(wafer, signals, cycles.from, cycles.to, *sink);
      });
    }
  }
  if (const wafer::TrackParameters& wanted = scenario.observe.tracks; !wanted.tiles.empty()) {
    const Cycles cycles = cycles_of(wanted.window_s, scenario.hardware.pe.clock_hz);
    states_ =
        std::make_unique<wafer::TileStates>(chosen.track_tiles, cycles.from, cycles.to, wanted.resolution);
    if (bursts) {
      of_bursts_ =
          burst::both(std::move(of_bursts_), [states = states_.get()](const burst::Observed& observed) {
            return std::make_unique<burst::TileStateProbe>(observed, *states);
          });
    } else {
      factories_.push_back([states = states_.get()](wafer::Wafer& wafer) {
        return std::make_unique<wafer::TileStateProbe>(wafer, *states);
      });
    }
  }
  if (const wafer::WaveletLogParameters& wanted = scenario.observe.wavelet_log; !wanted.tiles.empty()) {
    const Cycles cycles = cycles_of(wanted.window_s, scenario.hardware.pe.clock_hz);
    log_ =
        results::make_wavelet_log(directory, scenario.hardware.fabric.width, scenario.hardware.fabric.height);
    factories_.push_back([cycles, tiles = chosen.log_tiles, sink = log_.get()](wafer::Wafer& wafer) {
      return std::make_unique<wafer::WaveletLog>(wafer, tiles, cycles.from, cycles.to, *sink);
    });
  }
}

}  // namespace waferloom::cli
