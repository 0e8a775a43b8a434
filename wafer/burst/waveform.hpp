// SPDX-License-Identifier: Apache-2.0
// Waveforms at fidelity `burst`: what PEs and links do from the begin of a burst to its end, and what SRAM and I/O
// channels hold. Signals that count single wavelets have no counterpart here (wafer/observation/signals.hpp, exists_in_bursts).
//
// What a value means: the state from the time at which it stands. A tile of the wafer shows what the tile of the grid
// does that stands for it; a link is stalled while a burst that has been worked off waits for room behind it; an I/O
// channel is busy while words of one of its columns are on their way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/observation/signals.hpp"
#include "wafer/observation/wave_sink.hpp"

namespace waferloom::burst {

class BurstWaveform final : public EngineObserver {
 public:
  /// Cycles from `from` to before `to` are observed.
  BurstWaveform(const Observed& observed, const std::vector<wafer::Signal>& signals, core::Cycle from,
                core::Cycle to, wafer::WaveSink& sink);

  void visited(std::uint32_t tile) override;
  void complete(Ticks time) override;
  void finish(Ticks time) override;
  [[nodiscard]] bool satisfied() const override { return done_; }

 private:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  struct Watched {
    wafer::Signal::Kind kind;
    std::uint32_t part = 0;
    std::uint64_t value = kUnknown;
  };
  /// Columns of the grid that an I/O channel serves, and the signals that show it.
  struct Channel {
    std::vector<std::uint32_t> columns;
    std::size_t signal = 0;
    bool in = true;
    Ticks busy_until = 0;  ///< of an input, as of the last event
  };

  void set(std::size_t signal, std::uint64_t value);
  void read_tile(std::uint32_t tile);
  void read_channels(Ticks time);
  /// Inputs fall silent between two events.
  void silence_channels(Ticks before);
  [[nodiscard]] std::uint64_t fs(Ticks time) const;

  Observed observed_;
  wafer::WaveSink& sink_;
  Ticks from_;
  Ticks to_;
  std::uint64_t period_fs_;
  std::vector<Watched> watched_;
  std::shared_ptr<const wafer::WorkNames> operations_;
  std::shared_ptr<const wafer::WorkNames> layers_;
  std::vector<std::vector<std::size_t>> of_tile_;  ///< signals by tile of the grid
  std::vector<Channel> channels_;
  std::vector<std::uint32_t> visited_;
  std::vector<bool> is_visited_;
  bool begun_ = false;
  bool done_ = false;
};

}  // namespace waferloom::burst
