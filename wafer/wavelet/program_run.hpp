// SPDX-License-Identifier: Apache-2.0
// One run of a program that is laid tile by tile, such as a collective or a kernel: elaborates a wafer, lays the program,
// runs it to its end and checks that nothing is left in the fabric.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "core/simulation_parameters.hpp"
#include "core/state/state.hpp"
#include "ranks/partition.hpp"
#include "wafer/program/program_view.hpp"
#include "wafer/program/result/plan_result.hpp"
#include "wafer/wavelet/probes/cycle_observer.hpp"
#include "wafer/wavelet/stuck_view.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// What is to be seen of a run.
struct ProgramObservation {
  ObserverFactories factories;
  std::uint32_t link_samples = 0;  ///< at most; 0: none
};

class LaidProgram {
 public:
  virtual ~LaidProgram() = default;
  /// Routes, queues and programs, onto a wafer that is elaborated.
  virtual void lay(Wafer& wafer) = 0;
  [[nodiscard]] virtual const ProgramView& view() const = 0;
  /// Of the tiles that `has` tells of.
  [[nodiscard]] virtual bool all_done(const std::function<bool(core::Coordinate)>& has) const = 0;
  [[nodiscard]] virtual core::Cycle last_end() const = 0;
  /// What it has to say where it is stuck, under a title; none: nothing.
  [[nodiscard]] virtual const char* lines_title() const { return nullptr; }
  [[nodiscard]] virtual std::vector<PlacedLine> lines() const { return {}; }

  /// What a checkpoint keeps of it (wafer/wavelet/checkpoint/checkpoints.hpp): `leads`: on rank 0, which has what all have
  /// counted.
  virtual void move_to_leader(ranks::Ranks& ranks) = 0;
  virtual void archive(core::State& state, bool leads) = 0;
  virtual void archive_tile(core::State& state, core::Coordinate at) = 0;
};

/// `keeper`: makes checkpoints, and has the one from which the run goes on; none: there are none. `area`: the tiles that results show whether they sent something or not. `share`: of a run on several ranks, where
/// each calls this and rank 0 gets the result; none: this process does it all. Throws core::SimulationError when the
/// program gets stuck or a payload is not what was sent, core::Error (interrupted) once `stop` is set. Elaborates
/// SystemC: once per process.
[[nodiscard]] PlanResult run_program(const Hardware& hardware, const core::SimulationParameters& simulation,
                                     core::Rectangle area, LaidProgram& program,
                                     const std::atomic<bool>& stop, const ProgramObservation& observed,
                                     const ranks::Share* share, checkpoint::Keeper* keeper = nullptr);

}  // namespace waferloom::wafer
