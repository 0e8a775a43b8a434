// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/tile_watch.hpp"

#include <algorithm>

namespace waferloom::wafer {

namespace {

constexpr std::uint32_t kNoPlace = 0xffffffff;

}  // namespace

void TileWatch::set(Places& places, std::uint32_t place) {
  const std::size_t word = place / kWordBits;
  if (places.size() <= word) places.resize(word + 1);
  places[word] |= std::uint64_t{1} << (place % kWordBits);
}

void TileWatch::add(std::uint32_t place, Region& region, std::uint32_t tile, bool router, bool pe) {
  auto known = std::find_if(watched_.begin(), watched_.end(),
                            [&](const Watched& each) { return each.region == &region; });
  if (known == watched_.end()) {
    const std::vector<std::uint32_t> none(region.area().area(), kNoPlace);
    known = watched_.insert(watched_.end(), {&region, none, none});
  }
  if (router) {
    known->router_place[tile] = place;
    region.watch_router(tile);
  }
  if (pe) {
    known->pe_place[tile] = place;
    region.watch_pe(tile);
  }
}

void TileWatch::ask(std::uint32_t place, core::Cycle cycle) {
  if (cycle == core::kNever) return;
  if (cycle - begin_ < kWordBits) {
    const std::size_t slot = cycle % kWordBits;
    set(wheel_[slot], place);
    asked_ |= std::uint64_t{1} << slot;
    return;
  }
  if (latest_.size() <= place) latest_.resize(place + 1, core::kNever);
  if (std::exchange(latest_[place], cycle) != cycle) later_.emplace(cycle, place);
}

core::Cycle TileWatch::next() const {
  const core::Cycle later = later_.empty() ? core::kNever : later_.top().first;
  if (asked_ == 0) return later;
  const int from = static_cast<int>(begin_ % kWordBits);
  return std::min(begin_ + static_cast<core::Cycle>(std::countr_zero(std::rotr(asked_, from))), later);
}

std::vector<TileWatch::Asked> TileWatch::asked() const {
  std::vector<Asked> asked;
  for (core::Cycle cycle = begin_; cycle < begin_ + kWordBits; ++cycle) {
    const Places& places = wheel_[cycle % kWordBits];
    if ((asked_ >> (cycle % kWordBits) & 1U) == 0) continue;
    for (std::uint32_t place = 0; place < places.size() * kWordBits; ++place) {
      if ((places[place / kWordBits] >> (place % kWordBits) & 1U) != 0) asked.emplace_back(cycle, place);
    }
  }
  for (auto later = later_; !later.empty(); later.pop()) asked.push_back(later.top());
  return asked;
}

void TileWatch::take(const core::ChangeList& changes, const std::vector<std::uint32_t>& place_of) {
  for (const std::uint32_t tile : changes.noted()) {
    if (place_of[tile] != kNoPlace) set(now_, place_of[tile]);
  }
}

void TileWatch::take_changed() {
  for (const Watched& each : watched_) {
    take(each.region->router_changes(), each.router_place);
    take(each.region->pe_changes(), each.pe_place);
  }
}

void TileWatch::take_asked(core::Cycle cycle) {
  for (; asked_ != 0 && begin_ <= cycle; ++begin_) {
    const std::size_t slot = begin_ % kWordBits;
    if ((asked_ >> slot & 1U) == 0) continue;
    asked_ &= ~(std::uint64_t{1} << slot);
    Places& asked = wheel_[slot];
    now_.resize(std::max(now_.size(), asked.size()));
    for (std::size_t word = 0; word < asked.size(); ++word) now_[word] |= std::exchange(asked[word], 0);
  }
  begin_ = std::max(begin_, cycle + 1);
  for (; !later_.empty() && later_.top().first <= cycle; later_.pop()) set(now_, later_.top().second);
}

}  // namespace waferloom::wafer
