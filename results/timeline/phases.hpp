// SPDX-License-Identifier: Apache-2.0
// Groups of records summed up by phase of the training step.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "wafer/program/result/run_result.hpp"

namespace waferloom::results {

struct PhaseSummary {
  trace::Phase phase = trace::Phase::forward;
  core::Cycle cycles = 0;  ///< in which some group of the phase was under way
  std::uint64_t macs = 0;
  std::array<double, pe::kWorks> pe_share{};  ///< means over the groups, weighted by time
  double row_link_share = 0;
  double column_link_share = 0;
  double io_in_share = 0;
  double io_out_share = 0;
  wafer::Bound bound = wafer::Bound::bubble;  ///< of the groups that take most of the time
};

/// In the order of the phases; those without a group are left out.
[[nodiscard]] std::vector<PhaseSummary> summarize_phases(const std::vector<wafer::GroupResult>& groups);

}  // namespace waferloom::results
