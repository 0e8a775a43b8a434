// SPDX-License-Identifier: Apache-2.0
// From a scenario to the traffic trace that it replays: a model lowered by its strategy.
#pragma once

#include <functional>
#include <numeric>
#include <vector>

#include "trace/record.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::wafer {

/// The header of the trace that lower_scenario makes. Throws core::InputError, as that does.
[[nodiscard]] trace::Header trace_header(const Scenario& scenario);

/// Gives the records of the scenario's training step to `sink` in order. Throws core::InputError when the
/// model is unknown or does not fit, then with what the step needs in all and what would fit.
void lower_scenario(const Scenario& scenario, const std::function<void(const trace::Record&)>& sink);

/// A whole trace in memory.
struct LoadedTrace {
  trace::Header header;
  std::vector<trace::Record> records;
};

/// A step with fewer layers and micro-batches, for folding.
struct ShortStep {
  /// Layers that follow each other and are alike in what of them lives until their backward pass: how many.
  std::vector<std::uint32_t> runs;
  std::uint32_t micro_batches = 0;
  [[nodiscard]] std::uint32_t layers() const { return std::accumulate(runs.begin(), runs.end(), 0U); }
};
/// `step`: with the runs of the whole one, each at most as long.
[[nodiscard]] LoadedTrace lower_short_step(const Scenario& scenario, const ShortStep& step);
/// The step as the model has it.
[[nodiscard]] ShortStep whole_step(const Scenario& scenario);

/// What the scenario replays: its trace file if it names one, else its model lowered.
[[nodiscard]] LoadedTrace load_trace(const Scenario& scenario);

}  // namespace waferloom::wafer
