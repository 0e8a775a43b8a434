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

/// A group begins or ends.
struct GroupChange {
  core::Cycle at = 0;
  bool begins = false;
  const wafer::GroupResult* group = nullptr;
};

/// Cycles by what `key` says of groups; where they overlap, time is shared evenly among them.
template <class Key>
auto shared_time(const std::vector<wafer::GroupResult>& groups, const Key& key) {
  std::vector<GroupChange> changes;
  for (const wafer::GroupResult& group : groups) {
    if (group.cycles() == 0) continue;
    changes.push_back({group.start, true, &group});
    changes.push_back({group.end, false, &group});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const GroupChange& a, const GroupChange& b) { return a.at < b.at; });
  std::map<decltype(key(groups.front())), double> time;
  std::map<decltype(key(groups.front())), double> under_way;
  double active = 0;
  core::Cycle last = 0;
  for (const GroupChange& change : changes) {
    const auto passed = static_cast<double>(change.at - last);
    if (active > 0 && passed > 0) {
      for (const auto& [name, count] : under_way) time[name] += passed * count / active;
    }
    last = change.at;
    under_way[key(*change.group)] += change.begins ? 1 : -1;
    active += change.begins ? 1 : -1;
  }
  return time;
}

}  // namespace

std::vector<double> own_cycles(const std::vector<wafer::GroupResult>& groups) {
  std::map<core::Cycle, std::int64_t> changes;  // of how many are under way
  for (const wafer::GroupResult& group : groups) {
    if (group.cycles() == 0) continue;
    ++changes[group.start];
    --changes[group.end];
  }
  // What a group that is under way from the beginning on has got by then.
  std::map<core::Cycle, double> shared;
  double sum = 0;
  std::int64_t active = 0;
  core::Cycle last = 0;
  for (const auto& [at, change] : changes) {
    if (active > 0) sum += static_cast<double>(at - last) / static_cast<double>(active);
    shared[at] = sum;
    active += change;
    last = at;
  }
  std::vector<double> own;
  for (const wafer::GroupResult& group : groups) {
    own.push_back(group.cycles() == 0 ? 0 : shared[group.end] - shared[group.start]);
  }
  return own;
}

std::map<wafer::Bound, double> time_by_bound(const std::vector<wafer::GroupResult>& groups) {
  return shared_time(groups, [](const wafer::GroupResult& group) { return group.bound; });
}

std::vector<PhaseSummary> summarize_phases(const std::vector<wafer::GroupResult>& groups) {
  std::vector<PhaseSummary> summaries;
  std::map<trace::Phase, double> own =
      shared_time(groups, [](const wafer::GroupResult& group) { return group.group.phase; });
  for (const trace::Phase phase : {trace::Phase::forward, trace::Phase::backward_input,
                                   trace::Phase::backward_weight, trace::Phase::update}) {
    PhaseSummary summary;
    summary.phase = phase;
    std::vector<Interval> intervals;
    double total = 0;
    double on_sram = 0;  // of the PEs, with arithmetic or at the SRAM's rate
    double even = 0;
    for (const wafer::GroupResult& group : groups) {
      if (group.group.phase != phase) continue;
      const auto time = static_cast<double>(group.cycles());
      intervals.emplace_back(group.start, group.end);
      summary.macs += group.group.macs;
      total += time;
      const double here = time * (group.shares[wafer::Share::arithmetic] + group.shares[wafer::Share::sram]);
      on_sram += here;
      even += here * group.even;
      for (std::size_t s = 0; s < wafer::kShares; ++s) {
        summary.shares.values[s] += time * group.shares.values[s];
      }
    }
    if (intervals.empty()) continue;
    summary.cycles = covered(std::move(intervals));
    if (total > 0) {
      for (double& share : summary.shares.values) share /= total;
    }
    summary.own_cycles = own[phase];
    summary.bound = wafer::bound_of(summary.shares);
    summary.ties = wafer::ties_of(summary.shares, on_sram > 0 ? even / on_sram : 0);
    summaries.push_back(summary);
  }
  return summaries;
}

}  // namespace waferloom::results
