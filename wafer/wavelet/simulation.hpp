// SPDX-License-Identifier: Apache-2.0
// One run: elaborates a wafer, replays a trace on it, and measures what happened.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "ranks/partition.hpp"
#include "wafer/program/result/progress.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/program/simulation_input.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"

namespace waferloom::wafer {

class RoutePlan;

/// `routes`: of the records; none: they are laid anew. `share`: of a run on several ranks, where each calls this and
/// rank 0 gets the result; none: this process does it all. `keeper`: makes checkpoints, and has the one from which the
/// run goes on; none: there are none. Runs to the end. Throws core::InputError when the trace
/// does not fit the hardware, core::SimulationError when it gets stuck, breaks a rule of the hardware or loses a
/// wavelet, and core::Error (interrupted) once `stop` is set. Elaborates SystemC: once per process.
[[nodiscard]] RunResult simulate(const SimulationInput& input, const std::atomic<bool>& stop,
                                 const std::function<void(const Progress&)>& report,
                                 const ObserverFactories& observers = {}, const RoutePlan* routes = nullptr,
                                 const ranks::Share* share = nullptr, checkpoint::Keeper* keeper = nullptr);

}  // namespace waferloom::wafer
