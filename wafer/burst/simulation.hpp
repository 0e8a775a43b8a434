// SPDX-License-Identifier: Apache-2.0
// Runs at fidelity `burst`: the same trace, placement and program as at `wavelet`, with whole transfers instead
// of wavelets. docs/fidelity.md says what is approximated and how large the error is.
//
// The simulator is one SystemC module with one process, which the engine's next event wakes. It may run several
// traces one after the other.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/wavelet.hpp"
#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/program/result/progress.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/program/simulation_input.hpp"
#include "wafer/scenario/parameters.hpp"

namespace waferloom::burst {

class RunModule;

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
  std::vector<std::string> folded;  ///< what was simulated once and counted, for people
  std::uint64_t transfers = 0;      ///< simulated, each through one hop of the grid
};

/// Work is left after simulation.max_cycles.
class PastMaxCycles : public core::SimulationError {
 public:
  explicit PastMaxCycles(core::Cycle most)
      : core::SimulationError("simulation.max_cycles: not done after " + std::to_string(most) + " cycles") {}
};

/// Runs one trace after the other. Elaborates SystemC: before the first run, once per process.
class Simulator {
 public:
  using Report = std::function<void(const wafer::Progress&)>;

  /// `name`: of the module that runs.
  explicit Simulator(const char* name);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Throws as wafer::simulate does.
  /// A run whose observer is satisfied ends early, with results of no meaning.
  [[nodiscard]] Run run(const wafer::SimulationInput& input, const wafer::BurstParameters& burst,
                        const std::atomic<bool>& stop, const Report& report,
                        const ObserverFactory& observe = nullptr);

 private:
  std::unique_ptr<RunModule> module_;
};

}  // namespace waferloom::burst
