// SPDX-License-Identifier: Apache-2.0
// Groups of records summed up by phase of the training step.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "wafer/program/result/run_result.hpp"

namespace waferloom::results {

struct PhaseSummary {
  trace::Phase phase = trace::Phase::forward;
  core::Cycle cycles = 0;  ///< in which some group of the phase was under way
  double own_cycles = 0;   ///< its part of the run: where groups overlap, time is shared evenly among them
  std::uint64_t macs = 0;
  wafer::Shares shares;                       ///< means over the groups, weighted by time
  wafer::Bound bound = wafer::Bound::bubble;  ///< by these shares, as of a group
  std::vector<wafer::Bound> ties;
};

/// In the order of the phases; those without a group are left out.
[[nodiscard]] std::vector<PhaseSummary> summarize_phases(const std::vector<wafer::GroupResult>& groups);

/// Of each group: its part of the run. Where groups overlap, time is shared evenly among them, so that all add up to the
/// time in which any was under way.
[[nodiscard]] std::vector<double> own_cycles(const std::vector<wafer::GroupResult>& groups);

/// Cycles in which something was under way, by what bounds it; where groups overlap, time is shared evenly among
/// them, so that these add up to the time in which any was under way. What reports, studies and comparisons call
/// the share of a bound is this over the run's cycles.
[[nodiscard]] std::map<wafer::Bound, double> time_by_bound(const std::vector<wafer::GroupResult>& groups);

}  // namespace waferloom::results
