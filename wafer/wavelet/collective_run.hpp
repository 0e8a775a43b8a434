// SPDX-License-Identifier: Apache-2.0
// One run of a planned program, such as a collective: elaborates a wafer, lays the routes, runs the steps of
// all PEs, and checks that what arrives is what was sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "collectives/plan.hpp"
#include "core/simulation_parameters.hpp"
#include "ranks/partition.hpp"
#include "wafer/program/result/plan_result.hpp"
#include "wafer/wavelet/program_run.hpp"

namespace waferloom::wafer {

/// `keeper`: makes checkpoints, and has the one from which the run goes on; none: there are none.
/// `share`: of a run on several ranks, where each calls this and rank 0 gets the result; none: this process does it
/// all. Throws core::SimulationError when the program gets stuck or a payload is not what was sent, core::Error
/// (interrupted) once `stop` is set. Elaborates SystemC: once per process.
[[nodiscard]] PlanResult run_plan(const Hardware& hardware, const core::SimulationParameters& simulation,
                                  core::Rectangle area, const collectives::Plan& plan,
                                  const std::atomic<bool>& stop, const ProgramObservation& observed = {},
                                  const ranks::Share* share = nullptr, checkpoint::Keeper* keeper = nullptr);

}  // namespace waferloom::wafer
