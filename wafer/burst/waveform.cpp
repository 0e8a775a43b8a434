// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/waveform.hpp"

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "fabric/io_plan.hpp"
#include "wafer/burst/engine/drains.hpp"
#include "wafer/burst/engine/engine.hpp"
#include "wafer/burst/engine/feeds.hpp"

namespace waferloom::burst {

using core::Cycle;
using SignalKind = wafer::Signal::Kind;

namespace {

Ticks ticks_of(Cycle cycle) {
  return cycle == core::kNever ? kNever : static_cast<Ticks>(cycle) * kTicksPerCycle;
}

/// Of the grid, those that stand for the columns which a channel serves.
std::vector<std::uint32_t> columns_of(const Observed& observed, std::uint32_t channel) {
  std::vector<std::uint32_t> columns;
  for (const fabric::ChannelSegment& segment :
       fabric::assign_columns(observed.program.x, observed.program.width, observed.hardware.io.channels,
                              observed.hardware.fabric.width)) {
    if (segment.channel != channel) continue;
    for (std::uint32_t i = 0; i < segment.count; ++i)
      columns.push_back(observed.coarse.column_of[segment.begin + i]);
  }
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

}  // namespace

BurstWaveform::BurstWaveform(const Observed& observed, const std::vector<wafer::Signal>& signals, Cycle from,
                             Cycle to, wafer::WaveSink& sink)
    : observed_(observed),
      sink_(sink),
      from_(ticks_of(from)),
      to_(ticks_of(to)),
      period_fs_(core::clock_period_fs(observed.hardware.pe.clock_hz)),
      of_tile_(observed.coarse.program.area()),
      is_visited_(of_tile_.size()) {
  const core::Rectangle& program = observed_.program;
  for (const wafer::Signal& signal : signals) {
    sink_.declare(signal.name, signal.bits(), signal.states());
    if (signal.kind == SignalKind::pe_operation) operations_ = signal.names;
    if (signal.kind == SignalKind::pe_layer) layers_ = signal.names;
    const std::size_t number = watched_.size();
    watched_.push_back({signal.kind, signal.part, kUnknown});
    if (!signal.is_of_tile()) {
      channels_.push_back(
          {columns_of(observed_, signal.part), number, signal.kind == SignalKind::input_state});
    } else if (program.contains(signal.at)) {
      const std::uint32_t column = observed_.coarse.column_of[signal.at.x - program.x];
      const std::uint32_t row = observed_.coarse.row_of[signal.at.y - program.y];
      of_tile_[std::size_t{row} * observed_.coarse.program.width + column].push_back(number);
    } else {
      watched_.back().value = 0;  // no program runs there
    }
  }
  sink_.begin();
  for (std::uint32_t tile = 0; tile < of_tile_.size(); ++tile) read_tile(tile);
  read_channels(0);
}

std::uint64_t BurstWaveform::fs(Ticks time) const {
  const auto whole = static_cast<std::uint64_t>(time);
  constexpr auto kTicks = static_cast<std::uint64_t>(kTicksPerCycle);
  return whole / kTicks * period_fs_ + whole % kTicks * period_fs_ / kTicks;
}

void BurstWaveform::visited(std::uint32_t tile) {
  if (of_tile_[tile].empty() || is_visited_[tile]) return;
  is_visited_[tile] = true;
  visited_.push_back(tile);
}

void BurstWaveform::set(std::size_t signal, std::uint64_t value) {
  if (watched_[signal].value == value) return;
  watched_[signal].value = value;
  if (begun_) sink_.change(signal, value);
}

void BurstWaveform::read_tile(std::uint32_t tile) {
  if (of_tile_[tile].empty()) return;
  const TileView view = observed_.engine.view(tile);
  for (const std::size_t number : of_tile_[tile]) {
    const Watched& signal = watched_[number];
    if (signal.kind == SignalKind::pe_state) {
      set(number, static_cast<std::uint64_t>(view.state));
    } else if (signal.kind == SignalKind::pe_operation) {
      set(number, operations_->value_of(view.tag));
    } else if (signal.kind == SignalKind::pe_layer) {
      set(number, layers_->value_of(view.tag));
    } else if (signal.kind == SignalKind::sram_used) {
      set(number, view.sram_used);
    } else {
      set(number, static_cast<std::uint64_t>(view.outputs[signal.part]));
    }
  }
}

void BurstWaveform::read_channels(Ticks time) {
  for (Channel& channel : channels_) {
    bool busy = false;
    for (const std::uint32_t column : channel.columns) {
      channel.busy_until = channel.in ? std::max(channel.busy_until, observed_.feeds.fed_until(column)) : 0;
      busy = busy || (channel.in ? channel.busy_until > time : observed_.drains.is_draining(column));
    }
    set(channel.signal, static_cast<std::uint64_t>(busy ? LinkState::busy : LinkState::idle));
  }
}

void BurstWaveform::silence_channels(Ticks before) {
  std::vector<std::pair<Ticks, std::size_t>> ends;
  for (const Channel& channel : channels_) {
    const bool busy = watched_[channel.signal].value == static_cast<std::uint64_t>(LinkState::busy);
    if (channel.in && busy && channel.busy_until < before)
      ends.emplace_back(channel.busy_until, channel.signal);
  }
  std::sort(ends.begin(), ends.end());
  for (const auto& [end, signal] : ends) {
    if (begun_) sink_.at(fs(end));
    set(signal, static_cast<std::uint64_t>(LinkState::idle));
  }
}

void BurstWaveform::complete(Ticks time) {
  if (done_) return;
  if (time >= from_ && !begun_) {
    silence_channels(from_);
    begun_ = true;
    sink_.at(fs(from_));
    for (std::size_t i = 0; i < watched_.size(); ++i) sink_.change(i, watched_[i].value);
  }
  silence_channels(std::min(time, to_));
  if (time >= to_) {
    done_ = true;
    return;
  }
  if (begun_) sink_.at(fs(time));
  for (const std::uint32_t tile : std::exchange(visited_, {})) {
    is_visited_[tile] = false;
    read_tile(tile);
  }
  read_channels(time);
}

void BurstWaveform::finish(Ticks time) {
  wafer::check_window("observe.waveform.window", begun_, cycle_of(from_), cycle_of(time));
  silence_channels(std::min(time, to_));
  sink_.at(fs(std::min(time, to_)));
  sink_.finish();
}

}  // namespace waferloom::burst
