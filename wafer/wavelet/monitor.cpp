// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/monitor.hpp"

#include <algorithm>
#include <numeric>

namespace waferloom::wafer {

using core::Cycle;

GroupMonitor::GroupMonitor(Wafer& wafer, core::Rectangle program, const std::vector<trace::Record>& records,
                           const Grouping& grouping)
    : wafer_(wafer),
      program_(program),
      grouping_(grouping),
      clock_(records, grouping),
      begins_(grouping.groups.size()),
      results_(grouping.groups.size()) {
  for (std::size_t i = 0; i < results_.size(); ++i) results_[i].group = grouping.groups[i];
}

void GroupMonitor::record_started(std::uint32_t record, Cycle cycle) {
  if (!clock_.started(record, cycle)) return;
  const std::uint32_t group = grouping_.of_record[record];
  results_[group].start = cycle;
  due_.push_back({cycle, group, false});
}

void GroupMonitor::record_done(std::uint32_t record, Cycle cycle) {
  if (!clock_.done(record, cycle)) return;
  const std::uint32_t group = grouping_.of_record[record];
  results_[group].end = clock_.spans()[group].end;
  due_.push_back({cycle, group, true});
}

std::vector<GroupResult> GroupMonitor::results() const {
  std::vector<GroupResult> results = results_;
  for (const auto& region : wafer_.regions()) {
    const std::vector<pe::TagTotals>& totals = region->pes().totals();
    for (std::size_t i = 0; i < std::min(results.size(), totals.size()); ++i) {
      for (const std::uint64_t cycles : totals[i].busy_cycles)
        results[i].busy_cycles += static_cast<double>(cycles);
    }
  }
  return results;
}

void GroupMonitor::read_due(Cycle cycle) {
  const auto later =
      std::find_if(due_.begin(), due_.end(), [&](const Due& due) { return due.cycle >= cycle; });
  Snapshot now;
  for (auto due = due_.begin(); due != later; ++due) {
    // Nothing was sent since the first one's cycle, but PEs worked on.
    if (due == due_.begin() || due->cycle != std::prev(due)->cycle) now = snapshot(due->cycle + 1);
    Snapshot& begin = begins_[due->group];
    if (due->end) {
      evaluate(results_[due->group], begin, now);
      begin = {};
    } else {
      begin = now;
    }
  }
  due_.erase(due_.begin(), later);
}

GroupMonitor::Snapshot GroupMonitor::snapshot(Cycle cycle) const {
  Snapshot s;
  s.links.reserve(program_.area() * core::kNeighbours);
  for (std::uint32_t y = 0; y < program_.height; ++y) {
    for (std::uint32_t x = 0; x < program_.width; ++x) {
      const core::Coordinate at{program_.x + x, program_.y + y};
      Region& region = wafer_.region_of(at);
      for (std::size_t d = 0; d < core::kNeighbours; ++d) {
        s.links.push_back(region.routers().sent(region.index_of(at), static_cast<core::Direction>(d)));
      }
    }
  }
  for (std::uint32_t i = 0; i < wafer_.io().channels(); ++i) {
    s.inputs.push_back(wafer_.io().input(i).entered());
    s.outputs.push_back(wafer_.io().output(i).left());
  }
  for (const auto& region : wafer_.regions()) {
    const auto busy = region->pes().busy_before(cycle);
    for (std::size_t w = 0; w < pe::kWorks; ++w) s.busy[w] += busy[w];
  }
  return s;
}

void GroupMonitor::evaluate(GroupResult& result, const Snapshot& begin, const Snapshot& end) const {
  const auto time = static_cast<double>(result.cycles());
  if (time <= 0 || begin.links.size() != end.links.size()) return;
  const auto most = [](const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    std::uint64_t result_most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) result_most = std::max(result_most, b[i] - a[i]);
    return static_cast<double>(result_most);
  };
  const auto most_of = [&](core::Direction one, core::Direction other) {
    std::uint64_t result_most = 0;
    for (std::size_t tile = 0; tile < begin.links.size(); tile += core::kNeighbours) {
      for (const core::Direction direction : {one, other}) {
        const std::size_t link = tile + static_cast<std::size_t>(direction);
        result_most = std::max(result_most, end.links[link] - begin.links[link]);
      }
    }
    return static_cast<double>(result_most) * wafer_.hardware().fabric.link_cycles();
  };
  const double cycles_per_wavelet =
      wafer_.io().channels() == 0 ? 0 : wafer_.io().input(0).cycles_per_wavelet();
  result.shares[Share::row_link] =
      std::min(1.0, most_of(core::Direction::west, core::Direction::east) / time);
  result.shares[Share::column_link] =
      std::min(1.0, most_of(core::Direction::north, core::Direction::south) / time);
  result.shares[Share::io_in] = std::min(1.0, most(begin.inputs, end.inputs) * cycles_per_wavelet / time);
  result.shares[Share::io_out] = std::min(1.0, most(begin.outputs, end.outputs) * cycles_per_wavelet / time);
  for (std::size_t w = 0; w < pe::kWorks; ++w) {
    result.shares.values[w] =
        static_cast<double>(end.busy[w] - begin.busy[w]) / (time * static_cast<double>(program_.area()));
  }
  result.bound = bound_of(result.shares);
}

}  // namespace waferloom::wafer
