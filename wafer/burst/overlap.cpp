// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/overlap.hpp"

#include <algorithm>
#include <array>

namespace waferloom::burst {

namespace {

using core::Cycle;
using wafer::GroupResult;

using wafer::kShares;
using Values = std::array<double, kShares>;  ///< one for each wafer::Share

constexpr bool is_link(std::size_t resource) {
  return resource == static_cast<std::size_t>(wafer::Share::row_link) ||
         resource == static_cast<std::size_t>(wafer::Share::column_link);
}

/// Work that is spread evenly over a group's time may come out as more than there can be in a part of it.
wafer::Shares limited(const Values& values) {
  wafer::Shares shares{values};
  const double busy = shares.pe();
  for (std::size_t r = 0; r < kShares; ++r) {
    if (r >= pe::kWorks) {
      shares.values[r] = std::min(1.0, values[r]);
    } else if (busy > 1) {
      shares.values[r] /= busy;
    }
  }
  return shares;
}

/// Work of all groups up to a moment: a sum of ramps.
class WorkOverTime {
 public:
  explicit WorkOverTime(const std::vector<GroupResult>& groups) {
    struct Change {
      Cycle at;
      Values rate;
    };
    std::vector<Change> changes;
    for (const GroupResult& group : groups) {
      if (group.cycles() == 0) continue;
      Values rate = group.shares.values;
      changes.push_back({group.start, rate});
      for (double& share : rate) share = -share;
      changes.push_back({group.end, rate});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.at < b.at; });
    Values rate{};
    for (const Change& change : changes) {
      Point point{change.at, {}, {}};
      if (!points_.empty()) {
        const Point& last = points_.back();
        const auto time = static_cast<double>(change.at - last.at);
        for (std::size_t r = 0; r < kShares; ++r) point.done[r] = last.done[r] + rate[r] * time;
      }
      for (std::size_t r = 0; r < kShares; ++r) rate[r] += change.rate[r];
      point.rate = rate;
      points_.push_back(point);
    }
  }

  [[nodiscard]] Values until(Cycle at) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), at,
                                        [](Cycle cycle, const Point& point) { return cycle < point.at; });
    if (after == points_.begin()) return {};
    const Point& point = *std::prev(after);
    Values done = point.done;
    const auto time = static_cast<double>(at - point.at);
    for (std::size_t r = 0; r < kShares; ++r) done[r] += point.rate[r] * time;
    return done;
  }

 private:
  struct Point {
    Cycle at;
    Values done;  ///< until then, in cycles of full use
    Values rate;  ///< from then on
  };
  std::vector<Point> points_;
};

void share(GroupResult& group, const WorkOverTime& work, const WorkOverTime& work_here) {
  if (group.cycles() == 0) return;
  Values shares{};
  for (const bool links : {false, true}) {
    const WorkOverTime& of = links ? work_here : work;
    const Values after = of.until(group.end);
    const Values before = of.until(group.start);
    for (std::size_t r = 0; r < kShares; ++r) {
      if (is_link(r) != links) continue;
      shares[r] = std::max(0.0, after[r] - before[r]) / static_cast<double>(group.cycles());
      // Sums of many ramps leave rounding errors where nothing is at work.
      if (shares[r] < 1e-9) shares[r] = 0;
    }
  }
  group.shares = limited(shares);
  group.bound = wafer::bound_of(group.shares);
  group.ties = wafer::ties_of(group.shares, group.even);
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
