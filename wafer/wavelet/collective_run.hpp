// SPDX-License-Identifier: Apache-2.0
// One run of a planned program, such as a collective: elaborates a wafer, lays the routes, runs the steps of
// all PEs, and checks that what arrives is what was sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "collectives/plan.hpp"
#include "wafer/program/tile_result.hpp"
#include "wafer/scenario/parameters.hpp"
#include "wafer/wavelet/cycle_observer.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

struct PlanResult {
  core::Cycle cycles = 0;  ///< from the first step's start to the last one's end
  double clock_hz = 0;
  std::vector<TileResult> tiles;
  std::uint64_t hops = 0;
  std::uint64_t wavelets_injected = 0;
  std::uint64_t wavelets_delivered = 0;
  double elaboration_s = 0;  ///< of the host's time
  double simulation_s = 0;
};

/// Throws core::SimulationError when the program gets stuck or a payload is not what was sent, core::Error
/// (interrupted) once `stop` is set. Elaborates SystemC: once per process.
[[nodiscard]] PlanResult run_plan(const Hardware& hardware, const SimulationParameters& simulation,
                                  core::Rectangle area, const collectives::Plan& plan,
                                  const std::atomic<bool>& stop, const ObserverFactories& factories = {});

}  // namespace waferloom::wafer
