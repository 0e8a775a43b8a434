// SPDX-License-Identifier: Apache-2.0
// How long candidates for a workload take, at fidelity `burst`: coarsely, to tell the hopeless ones from the others, and
// at the scenario's own fineness.
//
// Coarsely is in at most 24 blocks a record and on two rows of the grid, and repetitions that differ by up to 5 % are
// folded. That takes a fifth to an eighth of the time of the default and comes out up to 11 % faster than it, but nearly
// evenly: docs/performance.md has the differences for several models.
#pragma once

#include <atomic>

#include "wafer/burst/choice.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/program/simulation_input.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::burst {

/// Of the fastest candidate's coarse time: how much more another's may be for it to be looked at closely. What the coarse
/// judgement is off by differs by 2.2 points between candidates that are about so near to the fastest
/// (docs/performance.md), and the rest of the margin is for what was not measured.
constexpr double kCoarseMargin = 0.03;

/// The longest that is not hopeless beside a coarse time.
[[nodiscard]] core::Cycle within_margin(core::Cycle coarse);

/// Sets the workload as the candidate has it, with nothing left open.
void settle(const Candidate& candidate, models::WorkloadParameters& workload);

class Judge {
 public:
  /// What is given has to live as long.
  Judge(Simulator& simulator, const wafer::Scenario& scenario, const std::atomic<bool>& stop,
        const Simulator::Report& report)
      : simulator_(simulator), scenario_(scenario), stop_(stop), report_(report) {}

  /// Whether it fits the SRAM, in the order of the trace.
  [[nodiscard]] bool fits(const Candidate& candidate) const;
  /// Sets what the candidate takes coarsely, or why it cannot run; what takes longer than the fastest so far (0: there
  /// is none) by more than the margin is passed over, or given up while it is simulated.
  void judge_coarsely(Candidate& candidate, core::Cycle fastest);
  /// Sets what it takes at the scenario's own fineness, or why it cannot run.
  void judge_finely(Candidate& candidate);

 private:
  /// The scenario with this candidate.
  [[nodiscard]] wafer::Scenario settled(const Candidate& candidate) const;
  /// What it takes in the scenario; throws where it cannot run.
  [[nodiscard]] core::Cycle cycles_of(const wafer::Scenario& scenario);
  [[nodiscard]] core::Cycle io_cycles(const wafer::LoadedTrace& micro_batch) const;

  Simulator& simulator_;
  const wafer::Scenario& scenario_;
  const std::atomic<bool>& stop_;
  const Simulator::Report& report_;
};

}  // namespace waferloom::burst
