// SPDX-License-Identifier: Apache-2.0
#include "wafer/waveform.hpp"

#include "core/direction.hpp"

namespace waferloom::wafer {

using core::Cycle;
using Kind = Signal::Kind;

namespace {

constexpr std::uint64_t value_of(LinkState state) { return static_cast<std::uint64_t>(state); }

bool is_of_router(Kind kind) {
  return kind == Kind::router_queued || kind == Kind::link_state || kind == Kind::link_color;
}

bool is_state_of_io(Kind kind) { return kind == Kind::input_state || kind == Kind::output_state; }

bool is_of_pe(Kind kind) {
  return kind == Kind::pe_state || kind == Kind::pe_input || kind == Kind::pe_output;
}

}  // namespace

WaveformProbe::WaveformProbe(Wafer& wafer, const std::vector<Signal>& signals, Cycle from, Cycle to,
                             WaveSink& sink)
    : wafer_(wafer), from_(from), to_(to), sink_(sink), period_fs_(wafer.period().value()) {
  for (const Signal& signal : signals) {
    sink_.declare(signal.name, signal.bits(), signal.states());
    const bool new_place = places_.empty() || (places_.back().region == nullptr) == signal.is_of_tile() ||
                           (signal.is_of_tile() && !(places_.back().at == signal.at));
    if (new_place) {
      Place place;
      place.at = signal.at;
      if (signal.is_of_tile()) {
        place.region = &wafer_.region_of(signal.at);
        place.index = place.region->index_of(signal.at);
      } else {
        channels_.push_back(static_cast<std::uint32_t>(places_.size()));
      }
      places_.push_back(std::move(place));
    }
    Place& place = places_.back();
    place.signals.push_back(watched_.size());
    place.wants_router = place.wants_router || is_of_router(signal.kind);
    place.wants_pe = place.wants_pe || is_of_pe(signal.kind);
    watched_.push_back({signal.kind, signal.part, kUnknown, 0});
    if (place.region == nullptr) continue;
    // A PE's program is what allocates SRAM.
    watch_.add(static_cast<std::uint32_t>(places_.size() - 1), *place.region, place.index,
               is_of_router(signal.kind) || signal.kind == Kind::color_queued,
               is_of_pe(signal.kind) || signal.kind == Kind::sram_used);
  }
  sink_.begin();
}

void WaveformProbe::cycles_complete(Cycle cycle) {
  if (begun_ && last_ < to_) {
    if (sampled_) {
      // Channels do not tell when they change.
      for (const std::uint32_t place : channels_) watch_.ask(place, last_);
      sink_.at(last_ * period_fs_);
      watch_.changed(last_, [&](std::uint32_t place) { read_place(place, last_, true); });
    } else {
      sample_all(last_, true);
      sampled_ = true;
    }
    // Nothing ran since: links have fallen silent, multi-cycle work goes on and ends.
    for (Cycle next = watch_.next(); next < std::min(cycle, to_); next = watch_.next()) {
      sink_.at(next * period_fs_);
      watch_.due(next, [&](std::uint32_t place) { read_place(place, next, true); });
    }
  }
  if (!begun_ && cycle >= from_) {
    sample_all(0, false);
    begun_ = true;
  }
  last_ = cycle;
}

void WaveformProbe::finish(Cycle cycle) {
  if (last_ != core::kNever) cycles_complete(std::max(cycle, last_) + 1);
  sink_.finish();
}

void WaveformProbe::sample_all(Cycle cycle, bool emit) {
  if (emit) sink_.at(cycle * period_fs_);
  for (std::uint32_t number = 0; number < places_.size(); ++number) read_place(number, cycle, emit);
}

std::uint64_t WaveformProbe::link_state(Watched& signal, const fabric::OutputView& view) {
  const bool sent = view.sent != signal.counter;
  signal.counter = view.sent;
  if (sent || view.busy) return value_of(LinkState::busy);
  return value_of(view.wanted ? LinkState::stalled : LinkState::idle);
}

std::uint64_t WaveformProbe::read_io(Watched& signal) {
  const bool in = signal.kind == Kind::input_state || signal.kind == Kind::input_queued;
  const fabric::IoChannel& channel = in ? wafer_.io().input(signal.part) : wafer_.io().output(signal.part);
  if (signal.kind == Kind::input_queued) return channel.buffered();
  if (signal.kind == Kind::output_queued) return channel.leaving();
  const std::uint64_t count = in ? channel.entered() : channel.left();
  const bool moved = count != signal.counter;
  signal.counter = count;
  return value_of(moved ? LinkState::busy : LinkState::idle);
}

void WaveformProbe::read_place(std::uint32_t place_number, Cycle cycle, bool emit) {
  const Place& place = places_[place_number];
  fabric::RouterView router;
  pe::PeView pe;
  if (place.wants_router) router = place.region->routers().view(place.index);
  if (place.wants_pe) pe = place.region->pes().view(place.index, cycle);
  bool sent = false;
  for (const std::size_t number : place.signals) {
    Watched& signal = watched_[number];
    std::uint64_t value = 0;
    switch (signal.kind) {
      case Kind::router_queued:
        value = router.queued;
        break;
      case Kind::link_state:
        value = link_state(signal, router.outputs[signal.part]);
        sent = sent || value == value_of(LinkState::busy);
        break;
      case Kind::link_color:
        value = router.outputs[signal.part].last;
        break;
      case Kind::color_queued:
        value = place.region->routers().queued(place.index, static_cast<core::Color>(signal.part));
        break;
      case Kind::pe_state:
        value = static_cast<std::uint64_t>(pe.state);
        break;
      case Kind::pe_input:
        value = pe.inputs[signal.part];
        break;
      case Kind::pe_output:
        value = pe.outputs[signal.part];
        break;
      case Kind::sram_used:
        value = place.region->srams().used(place.index);
        break;
      default:
        value = read_io(signal);
        sent = sent || (is_state_of_io(signal.kind) && value == value_of(LinkState::busy));
        break;
    }
    if (!emit || value == signal.value) continue;
    signal.value = value;
    sink_.change(number, value);
  }
  if (!emit) return;
  // What a link does lasts a cycle.
  if (sent) watch_.ask(place_number, cycle + 1);
  watch_.ask(place_number, pe.until);
}

}  // namespace waferloom::wafer
