// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/run_module.hpp"

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "wafer/burst/engine/engine.hpp"
#include "wafer/burst/engine/engine_observer.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/burst/simulation.hpp"

namespace waferloom::burst {

namespace {

constexpr std::uint64_t kStepsPerWake = 4096;

}  // namespace

RunModule::RunModule(const sc_core::sc_module_name& name) : sc_module(name) {
  SC_HAS_PROCESS(RunModule);
  SC_METHOD(dispatch);
  sensitive << wake_;
  dont_initialize();
}

void RunModule::dispatch() {
  try {
    for (Ticks next = engine_->next_time(); next != kNever; next = engine_->next_time()) {
      if (observer_ != nullptr && observer_->satisfied()) return;
      if (cycle_of(next) > limit_) {
        throw PastMaxCycles(limit_);
      }
      const double ahead_fs = static_cast<double>(next) * tick_fs_;
      if (ahead_fs >= most_fs_) {
        throw core::SimulationError(fmt::format(
            "pe.clock: the run did not end within {} cycles, as far as the kernel's clock of 2^64 fs reaches",
            cycle_of(next)));
      }
      // The kernel's clock follows the engine's, many events at a time: nothing else runs on it.
      if (++steps_ % kStepsPerWake != 0) {
        engine_->step();
        continue;
      }
      const sc_core::sc_time then =
          begin_ + sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(ahead_fs));
      if (then > sc_core::sc_time_stamp()) {
        wake_.notify(then - sc_core::sc_time_stamp());
        return;
      }
      engine_->step();
    }
  } catch (...) {
    error_ = std::current_exception();
  }
}

void RunModule::run(Engine& engine, double clock_hz, const EngineObserver* observer, core::Cycle max_cycles) {
  limit_ = max_cycles == 0 ? core::kNever : max_cycles;
  engine_ = &engine;
  observer_ = observer;
  error_ = nullptr;
  begin_ = sc_core::sc_time_stamp();
  most_fs_ = static_cast<double>((sc_core::sc_max_time() - begin_).value());
  tick_fs_ = static_cast<double>(core::clock_period_fs(clock_hz)) / static_cast<double>(kTicksPerCycle);
  wake_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  engine_ = nullptr;
  if (error_) std::rethrow_exception(error_);
}

std::unique_ptr<RunModule> make_run_module(const char* name) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  return std::make_unique<RunModule>(name);
}

}  // namespace waferloom::burst
