// SPDX-License-Identifier: Apache-2.0
// A training step with most of its identical layers and micro-batches left out, and its result counted up to the
// whole step.
//
// Layers of a model are alike, and so are micro-batches; from the second or third one on each begins in the state in
// which the one before began. The short step has the first layer, the last one and three between them, and the first
// micro-batches and the last one, which also updates. Where the first layers' activations live otherwise than the
// others' (workload.recomputed_layers, workload.spilled_layers), it has five of each such run of layers. If those between
// take equal times, each of their operations too, the ones left out would have taken the same; if not, two layers are
// kept at each end of a run, as where I/O is busy all the time the first ones' start takes longer to fade; and if that is
// no better, the step is not folded. docs/fidelity.md says how well folded steps agree with whole ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "wafer/burst/outcome.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::burst {

/// Short steps that may stand for a scenario's, the shortest first; none where folding saves nothing or the scenario
/// forbids it.
[[nodiscard]] std::vector<wafer::ShortStep> short_steps(const wafer::Scenario& scenario);

/// The result of the whole step, of `whole` records, from the short one's; none if what was left out did not
/// repeat within `tolerance` of its period.
[[nodiscard]] std::optional<Run> unfold(const Run& run, const wafer::ShortStep& small,
                                        const wafer::ShortStep& whole, double tolerance,
                                        const std::vector<trace::Record>& records);

/// Told of each record that is done.
using RecordNotice = std::function<void(const wafer::RecordResult&)>;

/// What a scenario replays, and where.
struct PlacedTrace {
  const wafer::LoadedTrace& loaded;
  core::Rectangle program;
  bool carried = false;  ///< it is known that the wafer can carry it
};

/// The scenario's step, folded where possible, with tiles and links. What observes it sees a run of its own, not
/// folded, as far as it wants to.
[[nodiscard]] Outcome simulate(Simulator& simulator, const wafer::Scenario& scenario,
                               const PlacedTrace& trace, const std::atomic<bool>& stop,
                               const Simulator::Report& report, const RecordNotice& notice = nullptr,
                               const ObserverFactory& observe = nullptr);

/// The time of the scenario's step alone.
[[nodiscard]] core::Cycle step_cycles(Simulator& simulator, const wafer::Scenario& scenario,
                                      const PlacedTrace& trace, const std::atomic<bool>& stop,
                                      const Simulator::Report& report);

}  // namespace waferloom::burst
