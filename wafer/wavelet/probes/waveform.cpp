// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/probes/waveform.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/direction.hpp"
#include "wafer/wavelet/probes/kept_probe.hpp"

namespace waferloom::wafer {

using core::Cycle;
using SignalKind = Signal::Kind;

namespace {

constexpr std::uint64_t value_of(LinkState state) { return static_cast<std::uint64_t>(state); }

std::uint64_t link_state(bool sent, const fabric::OutputView& view) {
  if (sent || view.busy) return value_of(LinkState::busy);
  return value_of(view.wanted ? LinkState::stalled : LinkState::idle);
}

bool is_of_router(SignalKind kind) { return kind <= SignalKind::color_queued; }

bool is_state_of_io(SignalKind kind) {
  return kind == SignalKind::input_state || kind == SignalKind::output_state;
}

}  // namespace

WaveformProbe::WaveformProbe(Wafer& wafer, const std::vector<Signal>& signals, Cycle from, Cycle to,
                             WaveSink& sink, std::vector<std::uint32_t> numbers)
    : wafer_(wafer),
      from_(from),
      to_(to),
      sink_(sink),
      period_fs_(wafer.period().value()),
      numbers_(std::move(numbers)) {
  if (numbers_.empty()) {
    numbers_.resize(signals.size());
    std::iota(numbers_.begin(), numbers_.end(), 0U);
  }
  for (const Signal& signal : signals) {
    sink_.declare(signal.name, signal.bits(), signal.states());
    if (signal.kind == SignalKind::pe_operation) operations_ = signal.names;
    if (signal.kind == SignalKind::pe_layer) layers_ = signal.names;
    const Part part = !signal.is_of_tile() ? Part::io : is_of_router(signal.kind) ? Part::router : Part::pe;
    if (places_.empty() || places_.back().part != part ||
        (part != Part::io && !(places_.back().at == signal.at))) {
      Place place{part, signal.at};
      place.begin = watched_.size();
      const auto number = static_cast<std::uint32_t>(places_.size());
      if (part == Part::io) {
        channels_.push_back(number);
      } else {
        place.region = &wafer_.region_of(signal.at);
        place.index = place.region->index_of(signal.at);
        // A PE's program is what allocates SRAM.
        watch_.add(number, *place.region, place.index, part == Part::router, part == Part::pe);
      }
      places_.push_back(place);
    }
    watched_.push_back({signal.kind, signal.part, kUnknown, 0});
    places_.back().end = watched_.size();
  }
  sink_.begin();
}

void WaveformProbe::cycles_complete(Cycle cycle) {
  if (begun_ && last_ < to_) {
    if (sampled_) {
      // Channels do not tell when they change.
      for (const std::uint32_t place : channels_) watch_.ask(place, last_);
      sink_.at(last_ * period_fs_);
      watch_.changed(last_, [&](std::uint32_t place) { read_place(place, last_, true, true); });
    } else {
      sample_all(last_, true);
      sampled_ = true;
    }
    // Nothing ran since: links have fallen silent, multi-cycle work goes on and ends.
    for (Cycle next = watch_.next(); next < std::min(cycle, to_); next = watch_.next()) {
      sink_.at(next * period_fs_);
      watch_.due(next, [&](std::uint32_t place) { read_place(place, next, true, false); });
    }
  }
  if (!begun_ && cycle >= from_) {
    sample_all(0, false);
    begun_ = true;
    if (from_ != 0 && cycle > from_) {
      // Nothing runs as the window begins: what stood before it stands in it.
      sample_all(from_, true);
      sampled_ = true;
    }
  }
  last_ = cycle;
}

void WaveformProbe::finish(Cycle cycle) {
  if (last_ != core::kNever) cycles_complete(std::max(cycle, last_) + 1);
  check_window("observe.waveform.window", sampled_, from_, cycle);
  sink_.at(std::min(last_, to_) * period_fs_);
  sink_.finish();
}

void WaveformProbe::archive(core::State& state) {
  archive_of_leader(state, true, [&](core::State& own) { sink_.archive(own); });
  archive_probe(state, *this);
}

namespace {

/// A signal as a checkpoint keeps it, by its number among all.
struct KeptSignal {
  std::uint64_t value;
  std::uint64_t counter;
  std::uint32_t number;
};
/// A place that is to be looked at, by its first signal; channels are looked at together.
struct KeptAsk {
  Cycle cycle;
  std::uint32_t number;
  bool is_io;
};

}  // namespace

std::vector<std::byte> WaveformProbe::watched() const {
  std::vector<KeptSignal> signals;
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    signals.push_back({watched_[i].value, watched_[i].counter, numbers_[i]});
  }
  std::vector<KeptAsk> asks;
  for (const auto& [cycle, number] : watch_.asked()) {
    const Place& place = places_[number];
    asks.push_back({cycle, numbers_[place.begin], place.part == Part::io});
  }
  core::State state;
  state(signals, asks);
  return state.take();
}

void WaveformProbe::take_watched(const std::vector<std::byte>& bytes) {
  std::vector<KeptSignal> signals;
  std::vector<KeptAsk> asks;
  core::State state(bytes);
  state(signals, asks);
  const auto find = [&](std::uint32_t number) {
    const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
    const bool is_here = place != numbers_.end() && *place == number;
    return is_here ? static_cast<std::size_t>(place - numbers_.begin()) : watched_.size();
  };
  for (const KeptSignal& kept : signals) {
    const std::size_t here = find(kept.number);
    if (here == watched_.size()) continue;
    watched_[here].value = kept.value;
    watched_[here].counter = kept.counter;
  }
  if (last_ != core::kNever) watch_.begin_at(last_);
  for (const KeptAsk& ask : asks) {
    if (ask.is_io) {
      for (const std::uint32_t channels : channels_) watch_.ask(channels, ask.cycle);
      continue;
    }
    const std::size_t here = find(ask.number);
    if (here == watched_.size()) continue;
    const auto place =
        std::lower_bound(places_.begin(), places_.end(), here,
                         [](const Place& each, std::size_t begin) { return each.begin < begin; });
    watch_.ask(static_cast<std::uint32_t>(place - places_.begin()), ask.cycle);
  }
}

void WaveformProbe::sample_all(Cycle cycle, bool emit) {
  if (emit) sink_.at(cycle * period_fs_);
  for (std::uint32_t number = 0; number < places_.size(); ++number) read_place(number, cycle, emit, true);
}

std::uint64_t WaveformProbe::read_io(Watched& signal) {
  const bool in = signal.kind == SignalKind::input_state || signal.kind == SignalKind::input_queued;
  const fabric::IoChannel& channel = in ? wafer_.io().input(signal.part) : wafer_.io().output(signal.part);
  if (signal.kind == SignalKind::input_queued) return channel.buffered();
  if (signal.kind == SignalKind::output_queued) return channel.leaving();
  const std::uint64_t count = in ? channel.entered() : channel.left();
  const bool moved = count != signal.counter;
  signal.counter = count;
  return value_of(moved ? LinkState::busy : LinkState::idle);
}

void WaveformProbe::show(std::size_t number, std::uint64_t value, bool emit) {
  Watched& signal = watched_[number];
  if (!emit || value == signal.value) return;
  signal.value = value;
  sink_.change(number, value);
}

void WaveformProbe::read_place(std::uint32_t place_number, Cycle cycle, bool emit, bool ran) {
  const Place& place = places_[place_number];
  switch (place.part) {
    case Part::router:
      return read_router(place_number, cycle, emit, ran);
    case Part::pe:
      return read_pe(place_number, cycle, emit);
    case Part::io:
      return read_channels(place_number, cycle, emit);
  }
}

void WaveformProbe::read_router(std::uint32_t place_number, Cycle cycle, bool emit, bool ran) {
  const Place& place = places_[place_number];
  const fabric::RouterArray& routers = place.region->routers();
  const fabric::RouterView view = routers.view(place.index);
  const std::uint32_t sent = ran ? place.region->router_changes().what(place.index) : 0U;
  bool busy = false;
  for (std::size_t number = place.begin; number < place.end; ++number) {
    const Watched& signal = watched_[number];
    switch (signal.kind) {
      case SignalKind::router_queued:
        show(number, view.queued, emit);
        break;
      case SignalKind::link_state: {
        const std::uint64_t value = link_state((sent >> signal.part & 1U) != 0, view.outputs[signal.part]);
        busy = busy || value == value_of(LinkState::busy);
        show(number, value, emit);
        break;
      }
      case SignalKind::link_color:
        show(number, view.outputs[signal.part].last, emit);
        break;
      default:
        show(number, routers.queued(place.index, static_cast<core::Color>(signal.part)), emit);
        break;
    }
  }
  // What a link does lasts a cycle.
  if (emit && busy) watch_.ask(place_number, cycle + 1);
}

void WaveformProbe::read_pe(std::uint32_t place_number, Cycle cycle, bool emit) {
  const Place& place = places_[place_number];
  const pe::PeView view = place.region->pes().view(place.index, cycle);
  for (std::size_t number = place.begin; number < place.end; ++number) {
    const Watched& signal = watched_[number];
    switch (signal.kind) {
      case SignalKind::pe_state:
        show(number, static_cast<std::uint64_t>(view.state), emit);
        break;
      case SignalKind::pe_operation:
        show(number, operations_->value_of(view.tag), emit);
        break;
      case SignalKind::pe_layer:
        show(number, layers_->value_of(view.tag), emit);
        break;
      case SignalKind::pe_input:
        show(number, view.inputs[signal.part], emit);
        break;
      case SignalKind::pe_output:
        show(number, view.outputs[signal.part], emit);
        break;
      default:
        show(number, place.region->srams().used(place.index), emit);
        break;
    }
  }
  if (emit) watch_.ask(place_number, view.until);
}

void WaveformProbe::read_channels(std::uint32_t place_number, Cycle cycle, bool emit) {
  const Place& place = places_[place_number];
  bool moved = false;
  for (std::size_t number = place.begin; number < place.end; ++number) {
    if (watched_[number].kind == SignalKind::cycle) {
      moved = true;
      show(number, cycle, emit);
      continue;
    }
    const std::uint64_t value = read_io(watched_[number]);
    moved = moved || (is_state_of_io(watched_[number].kind) && value == value_of(LinkState::busy));
    show(number, value, emit);
  }
  if (emit && moved) watch_.ask(place_number, cycle + 1);
}

}  // namespace waferloom::wafer
