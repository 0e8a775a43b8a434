// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/monitor.hpp"

#include <algorithm>
#include <numeric>

#include "wafer/program/result/even_work.hpp"

namespace waferloom::wafer {

using core::Cycle;

GroupMonitor::GroupMonitor(Wafer& wafer, core::Rectangle program, const std::vector<trace::Record>& records,
                           const Grouping& grouping)
    : wafer_(wafer),
      program_(program),
      grouping_(grouping),
      clock_(records, grouping),
      begins_(grouping.groups.size()),
      counts_(grouping.groups.size()),
      results_(grouping.groups.size()) {
  const std::vector<double> even = even_work(wafer.hardware().pe, records, grouping);
  for (std::size_t i = 0; i < results_.size(); ++i) {
    results_[i].group = grouping.groups[i];
    results_[i].even = even[i];
  }
}

void GroupMonitor::record_started(std::uint32_t record, Cycle cycle) {
  if (!clock_.started(record, cycle)) return;
  const std::uint32_t group = grouping_.of_record[record];
  results_[group].start = cycle;
  note({cycle, group, false});
}

void GroupMonitor::record_done(std::uint32_t record, Cycle cycle) {
  if (!clock_.done(record, cycle)) return;
  const std::uint32_t group = grouping_.of_record[record];
  results_[group].end = clock_.spans()[group].end;
  note({cycle, group, true});
}

void GroupMonitor::note(const Due& due) { (wafer_.is_shared() ? found_ : due_).push_back(due); }

void GroupMonitor::Counts::add(const Counts& other) {
  row_link = std::max(row_link, other.row_link);
  column_link = std::max(column_link, other.column_link);
  input = std::max(input, other.input);
  output = std::max(output, other.output);
  for (std::size_t w = 0; w < pe::kWorks; ++w) busy[w] += other.busy[w];
  busy_cycles += other.busy_cycles;
  measured = measured || other.measured;
}

std::vector<GroupMonitor::Counts> GroupMonitor::counts() const {
  std::vector<Counts> counts = counts_;
  for (const auto& region : wafer_.regions()) {
    const std::vector<pe::TagTotals>& totals = region->pes().totals();
    for (std::size_t i = 0; i < std::min(counts.size(), totals.size()); ++i) {
      for (const std::uint64_t cycles : totals[i].busy_cycles) counts[i].busy_cycles += cycles;
    }
  }
  return counts;
}

std::vector<GroupResult> GroupMonitor::results(const std::vector<Counts>& counts) const {
  std::vector<GroupResult> results = results_;
  for (std::size_t i = 0; i < results.size(); ++i) {
    evaluate(results[i], counts[i]);
    results[i].busy_cycles = static_cast<double>(counts[i].busy_cycles);
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
      counts_[due->group] = difference(begin, now);
      begin = {};
    } else {
      begin = now;
    }
  }
  due_.erase(due_.begin(), later);
}

GroupMonitor::Snapshot GroupMonitor::snapshot(Cycle cycle) const {
  Snapshot s;
  s.taken = true;
  s.links.reserve(program_.area() * core::kNeighbours);
  for (std::uint32_t y = 0; y < program_.height; ++y) {
    for (std::uint32_t x = 0; x < program_.width; ++x) {
      const core::Coordinate at{program_.x + x, program_.y + y};
      if (!wafer_.has(at)) continue;
      Region& region = wafer_.region_of(at);
      const auto of_tile = region.routers().sent(region.index_of(at));
      s.links.insert(s.links.end(), of_tile.begin(), of_tile.begin() + core::kNeighbours);
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

GroupMonitor::Counts GroupMonitor::difference(const Snapshot& begin, const Snapshot& end) {
  Counts counts;
  if (!begin.taken) return counts;
  counts.measured = true;
  const auto most = [](const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    std::uint64_t result = 0;
    for (std::size_t i = 0; i < a.size(); ++i) result = std::max(result, b[i] - a[i]);
    return result;
  };
  const auto most_of = [&](core::Direction one, core::Direction other) {
    std::uint64_t result = 0;
    for (std::size_t tile = 0; tile < begin.links.size(); tile += core::kNeighbours) {
      for (const core::Direction direction : {one, other}) {
        const std::size_t link = tile + static_cast<std::size_t>(direction);
        result = std::max(result, end.links[link] - begin.links[link]);
      }
    }
    return result;
  };
  counts.row_link = most_of(core::Direction::west, core::Direction::east);
  counts.column_link = most_of(core::Direction::north, core::Direction::south);
  counts.input = most(begin.inputs, end.inputs);
  counts.output = most(begin.outputs, end.outputs);
  for (std::size_t w = 0; w < pe::kWorks; ++w) counts.busy[w] = end.busy[w] - begin.busy[w];
  return counts;
}

void GroupMonitor::evaluate(GroupResult& result, const Counts& counts) const {
  const auto time = static_cast<double>(result.cycles());
  if (time <= 0 || !counts.measured) return;
  const double link_cycles = wafer_.hardware().fabric.link_cycles();
  const double cycles_per_wavelet =
      wafer_.io().channels() == 0 ? 0 : wafer_.io().input(0).cycles_per_wavelet();
  const auto share_of = [&](std::uint64_t most, double cycles) {
    return std::min(1.0, static_cast<double>(most) * cycles / time);
  };
  result.shares[Share::row_link] = share_of(counts.row_link, link_cycles);
  result.shares[Share::column_link] = share_of(counts.column_link, link_cycles);
  result.shares[Share::io_in] = share_of(counts.input, cycles_per_wavelet);
  result.shares[Share::io_out] = share_of(counts.output, cycles_per_wavelet);
  for (std::size_t w = 0; w < pe::kWorks; ++w) {
    // What a PE was booked for early may be taken off the work that it has begun since.
    const auto busy = std::max<std::int64_t>(static_cast<std::int64_t>(counts.busy[w]), 0);
    result.shares.values[w] = static_cast<double>(busy) / (time * static_cast<double>(program_.area()));
  }
  result.bound = bound_of(result.shares);
  result.ties = ties_of(result.shares, result.even);
}

}  // namespace waferloom::wafer
