// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/checkpoint/checkpoints.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/places.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

bool meet(const core::Rectangle& a, const core::Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/// Calls `act(channel, is input)` for each channel, once where both directions are one.
template <class Act>
void for_each_channel(fabric::IoInterface& io, const Act& act) {
  for (std::uint32_t i = 0; i < io.channels(); ++i) {
    act(i, true);
    if (&io.output(i) != &io.input(i)) act(i, false);
  }
}

}  // namespace

void Checkpoints::begin() {
  if (!resumes()) return;
  const std::vector<std::byte> bytes = keeper_->books();
  core::State state(bytes);
  wafer_.begin_at(sc_core::sc_time::from_value(state.kept(std::uint64_t{0})));
}

void Checkpoints::take_up() {
  if (keeper_ == nullptr) return;
  wafer_.check_archivable();
  if (leads() && !resumes())
    static_cast<void>(books(sc_core::sc_time_stamp()));  // refuses what cannot be kept
  keeper_->start(wafer_.now());
  if (!resumes()) return;
  const Cycle now = wafer_.now();
  {
    const std::vector<std::byte> bytes = keeper_->books();
    core::State state(bytes);
    static_cast<void>(state.kept(std::uint64_t{0}));
    core::State of_regions{std::span<const std::byte>()};
    for (const auto& region : wafer_.regions()) region->begin_archive(of_regions, now);
    run_.archive(state);
  }
  const auto any = [](const core::Rectangle&) { return true; };
  const auto is_here = [&](const core::Rectangle& area) {
    return std::any_of(wafer_.regions().begin(), wafer_.regions().end(),
                       [&](const auto& region) { return meet(region->area(), area); });
  };
  keeper_->for_each(
      checkpoint::Kind::region, is_here,
      [&](const core::Rectangle& area, std::span<const std::byte> bytes) { read_tiles(area, bytes, now); });
  keeper_->for_each(checkpoint::Kind::channels, any,
                    [&](const core::Rectangle&, std::span<const std::byte> bytes) { read_channels(bytes); });
  for (const auto& region : wafer_.regions()) region->ask_again(now);
  keeper_->forget();
}

void Checkpoints::watch(Wafer& wafer, const std::atomic<bool>& stop) {
  if (!written()) return;
  wafer.on_checkpoint([this, &stop](Cycle cycle) { return keeper_->due(cycle, stop.load()); },
                      [this](Cycle cycle) { keep(cycle); });
}

void Checkpoints::watch(SharedRun& run) {
  if (!written()) return;
  run.on_checkpoint([this](Cycle cycle, bool stop) { return keeper_->due(cycle, stop); },
                    [this](Cycle cycle) { keep(cycle); });
}

void Checkpoints::keep(Cycle cycle) {
  std::exception_ptr error;
  // The host's rank may be ahead of the others, in which nothing happens meanwhile.
  sc_core::sc_time time = sc_core::sc_time_stamp();
  if (share_ != nullptr) {
    ranks::Packer own;
    own.put(time.value());
    const ranks::Bytes said = ranks::broadcast(share_->ranks, own.take());
    time = sc_core::sc_time::from_value(ranks::Unpacker(said).get<std::uint64_t>());
    try {
      run_.move_to_leader(share_->ranks);
    } catch (...) {
      error = std::current_exception();  // the other ranks go on to the end of this
    }
  }
  const Cycle now = time.value() / wafer_.period().value();
  std::vector<checkpoint::Section> sections;
  std::string fault;
  if (leads()) {
    try {
      sections.push_back({checkpoint::Kind::books, {}, books(time)});
    } catch (const core::HostResourceError& e) {
      fault = e.what();
    }
  }
  sections.push_back({checkpoint::Kind::channels, {}, channels()});
  for (const auto& region : wafer_.regions()) {
    sections.push_back({checkpoint::Kind::region, region->area(), tiles(*region, now)});
  }
  keeper_->keep(cycle, sections, fault);
  if (error) std::rethrow_exception(error);
}

std::vector<std::byte> Checkpoints::books(const sc_core::sc_time& time) {
  core::State state;
  static_cast<void>(state.kept(time.value()));
  run_.archive(state);
  return state.take();
}

std::vector<std::byte> Checkpoints::channels() {
  core::State state;
  for_each_channel(wafer_.io(), [&](std::uint32_t channel, bool in) {
    if (!wafer_.has_region(in ? wafer_.input_region(channel) : wafer_.output_region(channel))) return;
    fabric::IoChannel& link = in ? wafer_.io().input(channel) : wafer_.io().output(channel);
    core::State own;
    own(link);
    run_.archive_channel(own, channel, in);
    if (&wafer_.io().input(channel) == &wafer_.io().output(channel))
      run_.archive_channel(own, channel, false);
    std::vector<std::byte> bytes = own.take();
    static_cast<void>(state.kept(channel)), static_cast<void>(state.kept(in));
    state(bytes);
  });
  return state.take();
}

void Checkpoints::read_channels(std::span<const std::byte> bytes) {
  for (core::State state(bytes); !state.empty();) {
    const auto channel = state.kept(std::uint32_t{0});
    const bool in = state.kept(false);
    core::State own(state.view());
    fabric::IoChannel& link = in ? wafer_.io().input(channel) : wafer_.io().output(channel);
    const bool is_here = wafer_.has_region(in ? wafer_.input_region(channel) : wafer_.output_region(channel));
    // The host's rank has something in the place of each channel into which it sends.
    if (is_here || (leads() && in)) own(link);
    if (!is_here) continue;
    run_.archive_channel(own, channel, in);
    if (&wafer_.io().input(channel) == &wafer_.io().output(channel))
      run_.archive_channel(own, channel, false);
  }
}

std::vector<std::byte> Checkpoints::tiles(Region& region, Cycle now) {
  core::State state;
  region.begin_archive(state, now);
  for (std::uint32_t tile = 0; tile < region.area().area(); ++tile) {
    core::State own;
    region.archive(own, tile);
    run_.archive_tile(own, region.at(tile));
    std::vector<std::byte> bytes = own.take();
    state(bytes);
  }
  region.archive_between(state, region.area(), now);
  return state.take();
}

void Checkpoints::read_tiles(const core::Rectangle& area, std::span<const std::byte> bytes, Cycle now) {
  core::State state(bytes);
  for (std::uint32_t tile = 0; tile < area.area(); ++tile) {
    const core::Coordinate at = core::place_at(area, tile);
    core::State own(state.view());
    if (!wafer_.has(at)) continue;
    Region& region = wafer_.region_of(at);
    region.archive(own, region.index_of(at));
    run_.archive_tile(own, at);
  }
  const core::State between = state;
  for (const auto& region : wafer_.regions()) {
    core::State each = between;
    region->archive_between(each, area, now);
  }
}

}  // namespace waferloom::wafer
