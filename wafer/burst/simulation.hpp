// SPDX-License-Identifier: Apache-2.0
// Runs at fidelity `burst`: the same trace, placement and program as at `wavelet`, with whole transfers instead
// of wavelets. docs/fidelity.md says what is approximated and how large the error is.
//
// The simulator is one SystemC module with one process, which the engine's next event wakes. It may run several
// traces one after the other.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <systemc>
#include <vector>

#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom::burst {

class Engine;

/// What the tiles of the grid did, each of which stands for several of the program's.
struct GridUse {
  std::uint32_t width = 0;
  std::vector<std::uint32_t> column_of;  ///< of the grid, by column of the program
  std::vector<std::uint32_t> row_of;
  std::vector<std::uint64_t> busy_cycles;
  std::vector<std::uint32_t> sram_high_water;  ///< bytes
};

/// A run's times, without what tiles and links carried (wafer/burst/tile_totals.hpp).
struct Run {
  struct Times {
    Ticks start = 0;
    Ticks end = 0;
  };
  wafer::RunResult result;
  std::vector<Times> times;             ///< of the groups, exactly
  std::vector<std::uint32_t> group_of;  ///< of each record
  GridUse grid;
};

class Simulator final : public sc_core::sc_module {
 public:
  using Report = std::function<void(const wafer::Progress&)>;

  explicit Simulator(const sc_core::sc_module_name& name);

  /// Throws as wafer::simulate does.
  /// A run whose observer is satisfied ends early, with results of no meaning.
  [[nodiscard]] Run run(const wafer::SimulationInput& input, const wafer::BurstParameters& burst,
                        const std::atomic<bool>& stop, const Report& report,
                        const ObserverFactory& observe = nullptr);

 private:
  void dispatch();
  void run(Engine& engine, double clock_hz, const EngineObserver* observer);

  sc_core::sc_event wake_;
  Engine* engine_ = nullptr;
  const EngineObserver* observer_ = nullptr;
  sc_core::sc_time begin_;  ///< of the present run
  double tick_fs_ = 1;
  std::exception_ptr error_;
};

}  // namespace waferloom::burst
