// SPDX-License-Identifier: Apache-2.0
#include "results/timeline/phases.hpp"

#include <algorithm>
#include <map>

namespace waferloom::results {

namespace {

using Interval = std::pair<core::Cycle, core::Cycle>;

core::Cycle covered(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end());
  core::Cycle total = 0;
  core::Cycle end = 0;
  for (const Interval& interval : intervals) {
    total += interval.second > end ? interval.second - std::max(end, interval.first) : 0;
    end = std::max(end, interval.second);
  }
  return total;
}

}  // namespace

std::vector<PhaseSummary> summarize_phases(const std::vector<wafer::GroupResult>& groups) {
  std::vector<PhaseSummary> summaries;
  for (const trace::Phase phase : {trace::Phase::forward, trace::Phase::backward_input,
                                   trace::Phase::backward_weight, trace::Phase::update}) {
    PhaseSummary summary;
    summary.phase = phase;
    std::vector<Interval> intervals;
    std::map<wafer::Bound, double> time_of;
    double total = 0;
    for (const wafer::GroupResult& group : groups) {
      if (group.group.phase != phase) continue;
      const auto time = static_cast<double>(group.cycles());
      intervals.emplace_back(group.start, group.end);
      summary.macs += group.group.macs;
      total += time;
      time_of[group.bound] += time;
      for (std::size_t w = 0; w < pe::kWorks; ++w) summary.pe_share[w] += time * group.pe_share[w];
      summary.row_link_share += time * group.row_link_share;
      summary.column_link_share += time * group.column_link_share;
      summary.io_in_share += time * group.io_in_share;
      summary.io_out_share += time * group.io_out_share;
    }
    if (intervals.empty()) continue;
    summary.cycles = covered(std::move(intervals));
    if (total > 0) {
      for (double& share : summary.pe_share) share /= total;
      summary.row_link_share /= total;
      summary.column_link_share /= total;
      summary.io_in_share /= total;
      summary.io_out_share /= total;
    }
    summary.bound = std::max_element(time_of.begin(), time_of.end(), [](const auto& a, const auto& b) {
                      return a.second < b.second;
                    })->first;
    summaries.push_back(summary);
  }
  return summaries;
}

}  // namespace waferloom::results
