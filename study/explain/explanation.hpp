// SPDX-License-Identifier: Apache-2.0
// What limits a step, measured: each resource of the hardware is changed, and the step simulated again. The points
// run as those of a study do (study/launch).
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/launch/sweep.hpp"
#include "study/launch/workers.hpp"
#include "study/plan/study.hpp"
#include "study/table/point_record.hpp"

namespace waferloom::study {

/// A change of the hardware and what it did.
struct Effect {
  std::vector<Setting> settings;
  std::vector<std::string> kept;  ///< keys that could not be changed so, and why
  double time_s = 0;
  double change = 0;                         ///< of the step's time, relative: -0.1 is a tenth less
  std::map<std::string, double> phases;      ///< the same of each phase's time
  std::map<std::string, double> operations;  ///< and of each operation's
  std::string failed;                        ///< what a run that failed said; then there are no times

  [[nodiscard]] bool measured() const { return !settings.empty() && failed.empty(); }
};

/// An effect of another factor than the one that was asked for.
struct FurtherEffect {
  double factor = 1;
  Effect effect;
};

struct ResourceEffect {
  std::string name;
  Effect more;
  Effect less;
  std::vector<FurtherEffect> further;  ///< ascending, where the step gains much (study/explain/curve.hpp)
};

/// Two resources together.
struct PairEffect {
  std::string first;
  std::string second;
  Effect more;
  std::vector<FurtherEffect> further;  ///< ascending, of a pair that limits the step
};

/// A part of the time between the machine's peak and what it sustains.
struct WaterfallStep {
  std::string name;
  double time_s = 0;  ///< of the part
  double flops = 0;   ///< that the machine would sustain with this part and those before it
};

struct Explanation {
  std::string scenario;
  std::uint32_t grid_columns = 0;  ///< of the grid, where that is coarser than the scenario's
  double factor = 2;
  double time_s = 0;
  double flops = 0;
  double peak_flops = 0;
  std::vector<ResourceEffect> resources;  ///< in the order of the table
  std::vector<PairEffect> pairs;          ///< of those that weigh most
  std::vector<WaterfallStep> waterfall;   ///< from the peak on
  std::map<std::string, double> phases;   ///< seconds
  std::map<std::string, double> operations;
};

/// What limits a step, a phase or an operation: more of these together makes it faster.
struct Limit {
  std::vector<std::string> resources;  ///< several: a tie, one alone buys less
  double change = 0;                   ///< of the time, negative
};

/// A change's effect on what is asked about; none where it was not measured.
using Scope = std::function<std::optional<double>(const Effect&)>;
[[nodiscard]] Scope of_step();
[[nodiscard]] Scope of_phase(const std::string& phase);
[[nodiscard]] Scope of_operation(const std::string& operation);

/// The largest first. The clock is none: it is all of the wafer at once.
[[nodiscard]] std::vector<Limit> limits(const Explanation& explanation, const Scope& scope);

/// Of the step's time: what buys less is called nothing.
inline constexpr double kSmallestGain = 0.005;

struct ExplainRun {
  const Study& study;  ///< without axes: base and common settings
  std::filesystem::path directory;
  Workers& workers;
  const Cache& cache;
  const std::atomic<bool>& stop;
  std::function<void(const SweepProgress&)> progress;
};

/// Simulates the step and its changes by `factor` and 1 / `factor`, with `curves` also those between and beyond of
/// what gains much. Throws core::Error where the step itself fails.
[[nodiscard]] Explanation explain(const ExplainRun& run, double factor, bool curves);

}  // namespace waferloom::study
