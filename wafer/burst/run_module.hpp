// SPDX-License-Identifier: Apache-2.0
// The SystemC module that runs an engine of fidelity `burst` on the kernel's clock: the only part of `burst` that sees
// SystemC. An event of the engine at tick t happens at begin + t ticks of simulated time.
#pragma once

#include <exception>
#include <memory>
#include <systemc>

#include "core/wavelet.hpp"

namespace waferloom::burst {

class Engine;
class EngineObserver;

class RunModule final : public sc_core::sc_module {
 public:
  explicit RunModule(const sc_core::sc_module_name& name);

  /// Runs the engine until nothing is left to do or the observer (nullptr: none) is satisfied. May be called again.
  /// Rethrows what the engine threw, and throws core::SimulationError where work is left after `max_cycles` (0: any
  /// number), or where the kernel's clock ends.
  void run(Engine& engine, double clock_hz, const EngineObserver* observer, core::Cycle max_cycles);

 private:
  void dispatch();

  sc_core::sc_event wake_;
  Engine* engine_ = nullptr;
  const EngineObserver* observer_ = nullptr;
  sc_core::sc_time begin_;  ///< of the present run
  double most_fs_ = 0;      ///< that it may last
  double tick_fs_ = 1;
  std::uint64_t steps_ = 0;  ///< of the engine
  core::Cycle limit_ = core::kNever;
  std::exception_ptr error_;
};

/// Sets the kernel's resolution to 1 fs and makes the module: once per process.
[[nodiscard]] std::unique_ptr<RunModule> make_run_module(const char* name);

}  // namespace waferloom::burst
