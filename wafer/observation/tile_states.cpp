// SPDX-License-Identifier: Apache-2.0
#include "wafer/observation/tile_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/config/origin.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

/// A slice takes some 200 bytes with what the timeline makes of it.
constexpr std::uint64_t kMostSpans = 10'000'000;

}  // namespace

void TileStates::show(std::size_t number, Cycle cycle, pe::PeState state, std::uint32_t group) {
  Present& present = present_[number];
  const Shown shown{state, group};
  if (present.shown == shown) return;
  pass(number, std::max(present.since, from_), std::min(cycle, to_));
  present.shown = shown;
  present.since = cycle;
}

/// What the tile showed from `start` to `end` goes to the slots in between.
void TileStates::pass(std::size_t number, Cycle start, Cycle end) {
  Present& present = present_[number];
  while (start < end) {
    const Cycle slot = (start - from_) / resolution_ * resolution_ + from_;
    const Cycle slot_end = slot + resolution_;
    if (start == slot && end >= slot_end) {
      const Cycle whole = (end - start) / resolution_ * resolution_;
      append(number, present.shown, start, start + whole);
      start += whole;
      continue;
    }
    const Cycle part = std::min(end, slot_end) - start;
    const auto known = std::find_if(present.slot.begin(), present.slot.end(),
                                    [&](const Share& each) { return each.shown == present.shown; });
    if (known == present.slot.end()) {
      present.slot.push_back({present.shown, part});
    } else {
      known->cycles += part;
    }
    start += part;
    if (start == slot_end) close_slot(number, slot, slot_end);
  }
}

void TileStates::close_slot(std::size_t number, Cycle start, Cycle end) {
  std::vector<Share>& slot = present_[number].slot;
  if (slot.empty()) return;
  // The first of those with the most.
  const auto most = std::max_element(slot.begin(), slot.end(),
                                     [](const Share& a, const Share& b) { return a.cycles < b.cycles; });
  append(number, most->shown, start, end);
  slot.clear();
}

void TileStates::append(std::size_t number, const Shown& shown, Cycle start, Cycle end) {
  if (shown.state == pe::PeState::idle) return;
  std::vector<TileState>& spans = present_[number].spans;
  if (!spans.empty() && spans.back().end == start && spans.back().state == shown.state &&
      spans.back().group == shown.group) {
    spans.back().end = end;
  } else {
    if (++count_ > kMostSpans) fail_many(start);
    spans.push_back({tiles_[number], start, end, shown.state, shown.group});
  }
}

void TileStates::fail_many(Cycle start) const {
  throw core::config::KeyError(
      {"observe.tracks.tiles", "observe.tracks"},
      fmt::format(
          "expected at most {} slices, which are kept in memory, got more from cycle {} on, of {} tiles "
          "at "
          "a resolution of {} cycles; observe.tracks.window up to that cycle fits, fewer tiles or a "
          "coarser observe.tracks.resolution make fewer",
          kMostSpans, start, tiles_.size(), resolution_));
}

TileStates TileStates::of(const std::function<bool(core::Coordinate)>& has) const {
  std::vector<core::Coordinate> some;
  std::copy_if(tiles_.begin(), tiles_.end(), std::back_inserter(some), has);
  return {std::move(some), from_, to_, static_cast<std::uint32_t>(resolution_)};
}

void TileStates::archive(core::State& state, std::size_t number) {
  state(present_[number]);
  if (state.loads()) count_ += present_[number].spans.size();
}

void TileStates::set_spans(std::vector<TileState> spans) {
  spans_ = std::move(spans);
  if (spans_.size() <= kMostSpans) return;
  std::vector<Cycle> starts;
  for (const TileState& span : spans_) starts.push_back(span.start);
  std::nth_element(starts.begin(), starts.begin() + kMostSpans, starts.end());
  fail_many(starts[kMostSpans]);
}

void TileStates::check_window(Cycle end) const {
  wafer::check_window("observe.tracks.window", end >= from_, from_, end);
}

void TileStates::finish(Cycle cycle) {
  const Cycle end = std::min(cycle, to_);
  for (std::size_t number = 0; number < present_.size(); ++number) {
    Present& present = present_[number];
    pass(number, std::max(present.since, from_), end);
    if (end > from_) close_slot(number, (end - from_) / resolution_ * resolution_ + from_, end);
    spans_.insert(spans_.end(), present.spans.begin(), present.spans.end());
    present.spans = {};
  }
}

}  // namespace waferloom::wafer
