// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of the counters that groups of records began with.
#include "core/places.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/checkpoint/move_sums.hpp"
#include "wafer/wavelet/monitor.hpp"

namespace waferloom::wafer {

void GroupMonitor::move_to_leader(ranks::Ranks& ranks) {
  ranks::Packer own;
  own.put_all(counts_);
  const std::vector<ranks::Bytes> all = ranks::gather(ranks, own.take());
  if (!ranks.leads()) counts_.assign(counts_.size(), {});
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    const std::vector<Counts> others = ranks::Unpacker(all[rank]).get_all<Counts>();
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i].add(others[i]);
  }
  std::vector<std::uint64_t> busy;
  for (const Snapshot& begin : begins_) busy.insert(busy.end(), begin.busy.begin(), begin.busy.end());
  move_sums_to_leader(ranks, busy);
  for (std::size_t i = 0; i < begins_.size(); ++i) {
    std::copy_n(busy.begin() + static_cast<std::ptrdiff_t>(i * pe::kWorks), pe::kWorks,
                begins_[i].busy.begin());
  }
}

void GroupMonitor::archive(core::State& state) {
  state(clock_, due_);
  for (GroupResult& result : results_) state(result.start, result.end);
  state(counts_);
  for (Snapshot& begin : begins_) {
    state(begin.taken, begin.busy);
    if (!state.loads() || !begin.taken) continue;
    begin.inputs.assign(wafer_.io().channels(), 0);
    begin.outputs.assign(wafer_.io().channels(), 0);
  }
  if (!state.loads()) return;
  // Tiles follow, one by one.
  const std::size_t links = find_places();
  for (Snapshot& begin : begins_) {
    if (begin.taken) begin.links.assign(links, 0);
  }
}

std::size_t GroupMonitor::find_places() {
  places_.assign(program_.area(), 0);
  std::size_t place = 0;
  for (std::uint32_t tile = 0; tile < program_.area(); ++tile) {
    if (!wafer_.has(core::place_at(program_, tile))) continue;
    places_[tile] = place;
    place += core::kNeighbours;
  }
  return place;
}

void GroupMonitor::forget_counts() {
  counts_.assign(counts_.size(), {});
  for (Snapshot& begin : begins_) begin.busy.fill(0);
}

void GroupMonitor::archive_tile(core::State& state, core::Coordinate at) {
  if (!program_.contains(at)) return;
  if (places_.empty()) static_cast<void>(find_places());
  const std::size_t place = places_[core::number_of(program_, at)];
  for (Snapshot& begin : begins_) {
    for (std::size_t d = 0; begin.taken && d < core::kNeighbours; ++d) state(begin.links[place + d]);
  }
}

void GroupMonitor::archive_channel(core::State& state, std::uint32_t channel, bool in) {
  for (Snapshot& begin : begins_) {
    if (begin.taken) state((in ? begin.inputs : begin.outputs)[channel]);
  }
}

}  // namespace waferloom::wafer
