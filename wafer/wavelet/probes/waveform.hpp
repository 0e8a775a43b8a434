// SPDX-License-Identifier: Apache-2.0
// Observes signals of a simulated wafer cycle by cycle and hands their changes to a sink. It reads the wafer between
// two cycles and changes nothing; tiles in which nothing happens and cycles in which nothing runs cost nothing.
//
// What a value means: the state at the end of the cycle at whose time it stands. A link is busy in a cycle in which a
// wavelet is sent, stalled in one in which none is although a wavelet waits to go that way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/router_array.hpp"
#include "wafer/observation/signals.hpp"
#include "wafer/observation/wave_sink.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"
#include "wafer/wavelet/probes/tile_watch.hpp"

namespace waferloom::wafer {

class WaveformProbe final : public CycleObserver {
 public:
  /// Cycles from `from` to before `to` are observed. `signals` are those of match_signals: those of a tile lie side
  /// by side. `numbers`: of the signals among all that are observed; none: these are all.
  WaveformProbe(Wafer& wafer, const std::vector<Signal>& signals, core::Cycle from, core::Cycle to,
                WaveSink& sink, std::vector<std::uint32_t> numbers = {});

  void cycles_complete(core::Cycle cycle) override;
  void finish(core::Cycle cycle) override;
  void archive(core::State& state) override;
  void archive_standing(core::State& state) { state(last_, begun_, sampled_); }
  [[nodiscard]] std::vector<std::byte> watched() const;
  void take_watched(const std::vector<std::byte>& bytes);

 private:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

  /// A signal and what it was last.
  struct Watched {
    Signal::Kind kind;
    std::uint32_t part = 0;
    std::uint64_t value = kUnknown;
    std::uint64_t counter = 0;  ///< of a channel's wavelets, at the sample before
  };
  enum class Part : std::uint8_t { router, pe, io };
  /// Signals that are read together: a tile's router, its PE with the SRAM, or the I/O channels.
  struct Place {
    Part part = Part::io;
    core::Coordinate at;
    Region* region = nullptr;  ///< none: I/O channels
    std::uint32_t index = 0;   ///< in the region
    std::size_t begin = 0;     ///< in watched_
    std::size_t end = 0;
  };

  void sample_all(core::Cycle cycle, bool emit);
  /// `ran`: the cycle has just run, so that what was noted as changed is of it.
  void read_place(std::uint32_t place_number, core::Cycle cycle, bool emit, bool ran);
  void read_router(std::uint32_t place_number, core::Cycle cycle, bool emit, bool ran);
  void read_pe(std::uint32_t place_number, core::Cycle cycle, bool emit);
  void read_channels(std::uint32_t place_number, core::Cycle cycle, bool emit);
  /// Hands a value on where it differs from the last.
  void show(std::size_t number, std::uint64_t value, bool emit);
  [[nodiscard]] std::uint64_t read_io(Watched& signal);

  Wafer& wafer_;
  core::Cycle from_;
  core::Cycle to_;
  WaveSink& sink_;
  std::uint64_t period_fs_;
  std::vector<Watched> watched_;
  std::shared_ptr<const WorkNames> operations_;
  std::shared_ptr<const WorkNames> layers_;
  std::vector<std::uint32_t> numbers_;  ///< parallel to it, ascending
  std::vector<Place> places_;
  std::vector<std::uint32_t> channels_;  ///< places of I/O channels
  TileWatch watch_;
  core::Cycle last_ = core::kNever;  ///< latest cycle that ran
  bool begun_ = false;
  bool sampled_ = false;
};

}  // namespace waferloom::wafer
