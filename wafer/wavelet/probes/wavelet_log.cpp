// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/wavelet_log.hpp"

#include <algorithm>

namespace waferloom::wafer {

using core::Cycle;

WaveletLog::WaveletLog(Wafer& wafer, const std::vector<core::Coordinate>& tiles, Cycle from, Cycle to,
                       LandingSink& sink)
    : from_(from), to_(to), sink_(sink) {
  for (const core::Coordinate at : tiles) {
    Region& region = wafer.region_of(at);
    watch_.add(static_cast<std::uint32_t>(places_.size()), region, region.index_of(at), true, false);
    places_.push_back({at, &region, region.index_of(at), {}});
  }
}

void WaveletLog::cycles_complete(Cycle cycle) {
  if (begun_ && last_ < to_) {
    watch_.changed(last_, [&](std::uint32_t place) { read(places_[place], last_, true); });
  }
  if (!begun_ && cycle >= from_) {
    for (Place& place : places_) read(place, cycle, false);
    begun_ = true;
  }
  last_ = cycle;
}

void WaveletLog::finish(Cycle cycle) {
  if (last_ != core::kNever) cycles_complete(std::max(cycle, last_) + 1);
  sink_.finish();
}

void WaveletLog::read(Place& place, Cycle cycle, bool write) {
  now_.clear();
  place.region->routers().list_queues(place.index, now_);
  for (std::size_t i = 0; write && i < now_.size(); ++i) {
    const fabric::QueueView& queue = now_[i];
    const fabric::QueueView& before = place.before[i];
    const std::uint32_t left = (queue.front + queue.ring - before.front) % queue.ring;
    if (queue.count + left == before.count) continue;
    sink_.write({cycle, place.at, queue.color, queue.input, queue.newest, queue.control});
  }
  place.before.swap(now_);
}

}  // namespace waferloom::wafer
