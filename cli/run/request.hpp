// SPDX-License-Identifier: Apache-2.0
// What `waferloom run` was asked for, and the kinds of run: each has a file of its own.
#pragma once

#include <atomic>
#include <string>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/run/checkpoints.hpp"
#include "ranks/ranks.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

struct RunArguments {
  ScenarioArguments scenario;
  std::string out;
  std::string fidelity;
  std::string seed;
  bool no_fold = false;
  CheckpointArguments checkpoints;
  int jobs = 1;
  int partition = 0;    ///< ranks; 0: the partition is not wanted
  std::string emit;     ///< a format; empty: the run is wanted, not a script for it
  bool report = false;  ///< write the report as well
  Output output;
};

struct RunRequest {
  const RunArguments& arguments;
  ranks::Ranks* team;  ///< none: the process is alone
  const std::atomic<bool>& stop;

  /// Ranks that share the run, or of which its partition is wanted.
  [[nodiscard]] int ranks() const {
    if (arguments.partition != 0) return arguments.partition;
    return team != nullptr ? team->size() : 1;
  }
};

/// Training steps and other traces, at both fidelities; a step's mapping is chosen first where the scenario leaves it
/// to the program.
void run_trace(wafer::Scenario scenario, const RunRequest& request);
void run_collective(const wafer::Scenario& scenario, const RunRequest& request);
void run_kernel(const wafer::Scenario& scenario, const RunRequest& request);
/// Packet networks: a load, or the search for the saturation.
void run_traffic(const wafer::Scenario& scenario, const RunRequest& request);

}  // namespace waferloom::cli
