// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/wavelet_log.hpp"

#include <algorithm>
#include <utility>

#include "wafer/observation/signals.hpp"
#include "wafer/wavelet/probes/kept_probe.hpp"

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
  check_window("observe.wavelet_log.window", cycle >= from_, from_, cycle);
  sink_.finish();
}

void WaveletLog::archive(core::State& state) {
  archive_of_leader(state, true, [&](core::State& own) { sink_.archive(own); });
  archive_probe(state, *this);
}

WaveletLog::Place* WaveletLog::place_of(core::Coordinate at) {
  const auto place =
      std::find_if(places_.begin(), places_.end(), [&](const Place& each) { return each.at == at; });
  return place == places_.end() ? nullptr : &*place;
}

std::vector<std::byte> WaveletLog::watched() const {
  core::State state;
  for (const Place& place : places_) {
    static_cast<void>(state.kept(place.at));
    std::vector<fabric::QueueView> before = place.before;
    state(before);
  }
  return state.take();
}

void WaveletLog::take_watched(const std::vector<std::byte>& bytes) {
  for (core::State state(bytes); !state.empty();) {
    Place* const place = place_of(state.kept(core::Coordinate{}));
    std::vector<fabric::QueueView> before;
    state(before);
    if (place != nullptr) place->before = std::move(before);
  }
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
