// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of PEs. A PE and its threads are kept whole, so that nothing is forgotten that is added to
// them; what they know of their surroundings is as it was when the program was loaded.
#include "core/places.hpp"
#include "core/state/state.hpp"
#include "pe/pe_array.hpp"

namespace waferloom::pe {

using core::Cycle;

void PeArray::begin_archive(core::State& state, Cycle now) {
  // From the same cycle in all regions: stamps then mean the same wherever they are read.
  if (!state.loads()) return stamp_anew(now);
  stamped_ = now;
  cycle_ = now;
  // Loading programs has asked for visits.
  wheel_ = {};
  wheel_filled_.fill(0);
  wheel_words_ = 0;
  later_.clear();
  first_later_ = core::kNever;
}

void PeArray::archive(core::State& state, std::uint32_t tile) {
  if (slots_[tile] == kNoSlot) return;
  Pe& own = pes_[slots_[tile]];
  std::array<bool, kMaxInputQueues> is_bound{};
  for (std::size_t q = 0; q < kMaxInputQueues; ++q) is_bound[q] = own.in_ramp[q] != core::kNoRamp;
  Pe kept = own;
  kept.program = nullptr;
  kept.module = nullptr;
  state(kept, is_bound);
  for (auto& threads : threads_) {
    state(threads[own.slot]);
    if (state.loads()) count_by(threads[own.slot]);
  }
  if (state.loads()) {
    kept.program = own.program;
    kept.module = own.module;
    kept.slot = own.slot;
    kept.tile = own.tile;
    kept.program_tile = own.program_tile;
    kept.in_ramp = own.in_ramp;
    kept.out_ramp = own.out_ramp;
    // Two queues may have changed their colors.
    for (std::size_t q = 0; q < kMaxInputQueues; ++q) {
      if (kept.in_ramp[q] != core::kNoRamp) router_->bind_input(kept.in_ramp[q], core::kNoRamp, 0);
    }
    for (std::size_t q = 0; q < kMaxInputQueues; ++q) {
      kept.in_ramp[q] = is_bound[q] ? router_->ramp(tile, kept.in_color[q]) : core::kNoRamp;
      if (!is_bound[q]) continue;
      router_->bind_input(kept.in_ramp[q], own.slot * kQueuesPerPe + static_cast<std::uint32_t>(q),
                          parameters_.input_queues.at(q));
      make_ring(inputs_[q], own.slot);
    }
    own = kept;
  }
  const auto keep = [&](std::vector<Ring>& rings, std::size_t front, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) state(rings[own.slot][(front + i) % kMaxQueueDepth]);
  };
  for (std::size_t q = 0; q < kMaxInputQueues; ++q) keep(inputs_[q], own.in_front[q], own.in_count[q]);
  for (std::size_t q = 0; q < kMaxOutputQueues; ++q) keep(outputs_[q], own.out_front[q], own.out_count[q]);
}

void PeArray::archive_between(core::State& state, const core::Rectangle& of, Cycle now) {
  struct Visit {
    Cycle cycle;
    std::uint32_t tile;
  };
  std::vector<Visit> visits;
  if (!state.loads()) {
    // Also those that others have made needless: in their cycles the region runs.
    for (Cycle cycle = now + 1; cycle <= now + kWheelSlots; ++cycle) {
      for (const std::uint32_t slot : wheel_.of(cycle)) visits.push_back({cycle, pes_[slot].tile});
    }
    for (const auto& [cycle, slots] : later_) {
      for (const std::uint32_t slot : slots) visits.push_back({cycle, pes_[slot].tile});
    }
  }
  std::vector<TagTotals> totals = totals_;
  state(visits, totals);
  if (!state.loads()) return;
  for (const Visit& visit : visits) {
    const core::Coordinate at = core::place_at(of, visit.tile);
    if (!area_.contains(at)) continue;
    put_visit(slots_[core::number_of(area_, at)], visit.cycle);
  }
  if (!area_.contains(core::Coordinate{of.x, of.y})) return;
  if (totals.size() > totals_.size()) totals_.resize(totals.size());
  for (std::size_t tag = 0; tag < totals.size(); ++tag) {
    for (std::size_t w = 0; w < kWorks; ++w) totals_[tag].busy_cycles[w] += totals[tag].busy_cycles[w];
  }
}

}  // namespace waferloom::pe
