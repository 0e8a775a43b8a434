// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/overlap.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace waferloom::burst {

namespace {

using core::Cycle;
using wafer::GroupResult;

constexpr std::size_t kResources = pe::kWorks + 4;
using Shares = std::array<double, kResources>;

constexpr bool is_link(std::size_t resource) { return resource == pe::kWorks || resource == pe::kWorks + 1; }

Shares shares_of(const GroupResult& group) {
  Shares shares{};
  std::copy(group.pe_share.begin(), group.pe_share.end(), shares.begin());
  shares[pe::kWorks] = group.row_link_share;
  shares[pe::kWorks + 1] = group.column_link_share;
  shares[pe::kWorks + 2] = group.io_in_share;
  shares[pe::kWorks + 3] = group.io_out_share;
  return shares;
}

void set_shares(GroupResult& group, const Shares& shares) {
  std::copy_n(shares.begin(), pe::kWorks, group.pe_share.begin());
  // Work that is spread evenly over a group's time may come out as more than PEs can do in a part of it.
  const double busy = std::accumulate(group.pe_share.begin(), group.pe_share.end(), 0.0);
  if (busy > 1) {
    for (double& each : group.pe_share) each /= busy;
  }
  group.row_link_share = std::min(1.0, shares[pe::kWorks]);
  group.column_link_share = std::min(1.0, shares[pe::kWorks + 1]);
  group.io_in_share = std::min(1.0, shares[pe::kWorks + 2]);
  group.io_out_share = std::min(1.0, shares[pe::kWorks + 3]);
}

/// Work of all groups up to a moment: a sum of ramps.
class WorkOverTime {
 public:
  explicit WorkOverTime(const std::vector<GroupResult>& groups) {
    struct Change {
      Cycle at;
      Shares rate;
    };
    std::vector<Change> changes;
    for (const GroupResult& group : groups) {
      if (group.cycles() == 0) continue;
      Shares rate = shares_of(group);
      changes.push_back({group.start, rate});
      for (double& share : rate) share = -share;
      changes.push_back({group.end, rate});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.at < b.at; });
    Shares rate{};
    for (const Change& change : changes) {
      Point point{change.at, {}, {}};
      if (!points_.empty()) {
        const Point& last = points_.back();
        const auto time = static_cast<double>(change.at - last.at);
        for (std::size_t r = 0; r < kResources; ++r) point.done[r] = last.done[r] + rate[r] * time;
      }
      for (std::size_t r = 0; r < kResources; ++r) rate[r] += change.rate[r];
      point.rate = rate;
      points_.push_back(point);
    }
  }

  [[nodiscard]] Shares until(Cycle at) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), at,
                                        [](Cycle cycle, const Point& point) { return cycle < point.at; });
    if (after == points_.begin()) return {};
    const Point& point = *std::prev(after);
    Shares done = point.done;
    const auto time = static_cast<double>(at - point.at);
    for (std::size_t r = 0; r < kResources; ++r) done[r] += point.rate[r] * time;
    return done;
  }

 private:
  struct Point {
    Cycle at;
    Shares done;  ///< until then, in cycles of full use
    Shares rate;  ///< from then on
  };
  std::vector<Point> points_;
};

void share(GroupResult& group, const WorkOverTime& work, const WorkOverTime& work_here) {
  if (group.cycles() == 0) return;
  Shares shares{};
  for (const bool links : {false, true}) {
    const WorkOverTime& of = links ? work_here : work;
    const Shares after = of.until(group.end);
    const Shares before = of.until(group.start);
    for (std::size_t r = 0; r < kResources; ++r) {
      if (is_link(r) != links) continue;
      shares[r] = std::max(0.0, after[r] - before[r]) / static_cast<double>(group.cycles());
      // Sums of many ramps leave traces of rounding where nothing is at work.
      if (shares[r] < 1e-9) shares[r] = 0;
    }
  }
  set_shares(group, shares);
  group.bound = wafer::bound_of(group);
}

}  // namespace

void share_overlaps(std::vector<GroupResult>& groups, const std::vector<core::Rectangle>& areas) {
  const WorkOverTime work(groups);
  std::vector<core::Rectangle> distinct;
  std::vector<std::vector<std::size_t>> groups_of;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto place =
        static_cast<std::size_t>(std::find(distinct.begin(), distinct.end(), areas[i]) - distinct.begin());
    if (place == distinct.size()) {
      distinct.push_back(areas[i]);
      groups_of.emplace_back();
    }
    groups_of[place].push_back(i);
  }
  const std::vector<GroupResult> own = groups;
  for (const std::vector<std::size_t>& together : groups_of) {
    std::vector<GroupResult> here;
    for (const std::size_t i : together) here.push_back(own[i]);
    const WorkOverTime work_here(here);
    for (const std::size_t i : together) share(groups[i], work, work_here);
  }
}

}  // namespace waferloom::burst
