// SPDX-License-Identifier: Apache-2.0
// All of a run that comes before simulated time begins. `run` continues from here, `check` and studies stop: they all
// refuse the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "collectives/plan.hpp"
#include "kernels/code.hpp"
#include "wafer/observation/signals.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::wafer {

/// What the scenario's patterns under `observe` choose; nothing at packet networks.
struct Chosen {
  std::vector<Signal> signals;                ///< of waveforms
  std::vector<core::Coordinate> track_tiles;  ///< of the timeline
  std::vector<core::Coordinate> log_tiles;    ///< of the log of wavelets
};

/// Which signals a scenario's run has.
[[nodiscard]] SignalChoice signal_choice(const Scenario& scenario);

/// What a run starts from. Which member counts follows from the scenario.
struct PreparedRun {
  LoadedTrace trace;                ///< of a training step or a trace file
  core::Rectangle program;          ///< tiles on which the trace lies
  std::optional<RoutePlan> routes;  ///< of the trace, at fidelity wavelet; refer to the scenario's hardware
  collectives::Plan plan;           ///< of a collective
  kernels::CompiledKernel kernel;
  Chosen observed;
};

/// A parameter of the scenario's kernel, as given or as the kernel file has it; none: the kernel has none of that name, or
/// the scenario has no kernel. Throws core::InputError where the kernel cannot be read.
[[nodiscard]] std::optional<std::int64_t> kernel_parameter(const Scenario& scenario, std::string_view name);

/// Throws core::InputError with what is wrong, and where it stands: models that are missing or do not fit, sequences
/// that cannot be shared out, traces that cannot be read or laid, tables of traffic, signals and tiles to observe that
/// do not exist. Where `workload.auto` chooses, only what holds for every choice.
[[nodiscard]] PreparedRun prepare(const Scenario& scenario);

/// Throws as prepare does, but keeps nothing. Errors about values that do not fit have no place yet:
/// core::config::KeyError.
void check(const Scenario& scenario);

}  // namespace waferloom::wafer
