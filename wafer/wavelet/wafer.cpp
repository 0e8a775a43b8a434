// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/wafer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/places.hpp"
#include "core/registry.hpp"
#include "fabric/io_plan.hpp"
#include "fabric/router_registry.hpp"
#include "pe/hierarchy_scope.hpp"
#include "wafer/wavelet/shared/border.hpp"

namespace waferloom::wafer {

using core::Coordinate;
using core::Direction;

namespace {

constexpr std::uint64_t kTicksPerReport = 4096;

/// The last cycle that the kernel's clock reaches, with room for what is asked ahead.
core::Cycle last_cycle(const sc_core::sc_time& period) {
  constexpr std::uint64_t kMarginCycles = 4;
  return sc_core::sc_max_time().value() / period.value() - kMarginCycles;
}

}  // namespace

Wafer::Wafer(const sc_core::sc_module_name& name, const Hardware& hardware,
             const core::SimulationParameters& simulation, const ranks::Share* share)
    : sc_module(name),
      hardware_(hardware),
      period_(static_cast<double>(core::clock_period_fs(hardware.pe.clock_hz)), sc_core::SC_FS),
      last_cycle_(last_cycle(period_)),
      grid_(simulation, hardware.fabric.reticle_width, hardware.fabric.reticle_height, hardware.fabric.width,
            hardware.fabric.height) {
  build_regions(share);
  build_io();
}

Wafer::~Wafer() = default;

void Wafer::build_regions(const ranks::Share* share) {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  const fabric::RouterModel& model =
      core::require_named(fabric::router_models(), mesh.router, "fabric.router");
  by_number_.resize(grid_.size());
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    if (share != nullptr && !share->has(i)) continue;
    regions_.push_back(
        std::make_unique<Region>(fmt::format("region_{}_{}", grid_.column(i), grid_.row(i)).c_str(),
                                 grid_.area(i), period_, model, mesh, hardware_.pe, *this));
    by_number_[i] = regions_.back().get();
  }
  if (share == nullptr) {
    grid_.join(regions_);
    return;
  }
  border_ = std::make_unique<Border>(grid_, *share, mesh.queue_depth);
  grid_.for_each_link([&](std::size_t region, Direction direction, std::size_t beyond) {
    if (by_number_[region] == nullptr) return;
    fabric::EdgePort& link = by_number_[region]->links[core::index_of(direction)];
    if (by_number_[beyond] != nullptr) {
      link(*by_number_[beyond]);
    } else {
      link(border_->beyond(beyond));
    }
  });
}

void Wafer::build_io() {
  io_ = std::make_unique<fabric::IoInterface>("io", hardware_.io, hardware_.fabric, period_,
                                              hardware_.pe.clock_hz);
  io_->on_error([this](std::exception_ptr error) { fail(std::move(error)); });
  for (std::uint32_t i = 0; i < io_->channels(); ++i) {
    input_regions_.push_back(attach(io_->input(i), i, hardware_.io.input_edge));
    const bool is_same = &io_->output(i) == &io_->input(i);
    output_regions_.push_back(is_same ? input_regions_.back()
                                      : attach(io_->output(i), i, hardware_.io.output_edge));
  }
}

std::size_t Wafer::attach(fabric::IoChannel& channel, std::uint32_t number, fabric::Edge edge) {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  const bool horizontal = edge == fabric::Edge::north || edge == fabric::Edge::south;
  const std::uint32_t position =
      fabric::channel_position(number, hardware_.io.channels, horizontal ? mesh.width : mesh.height);
  Coordinate at{};
  Direction port = Direction::north;
  switch (edge) {
    case fabric::Edge::north:
      at = {position, 0};
      port = Direction::north;
      break;
    case fabric::Edge::south:
      at = {position, mesh.height - 1};
      port = Direction::south;
      break;
    case fabric::Edge::west:
      at = {0, position};
      port = Direction::west;
      break;
    case fabric::Edge::east:
      at = {mesh.width - 1, position};
      port = Direction::east;
      break;
  }
  const std::size_t number_of_region = grid_.region_at(at);
  if (!has(at)) return number_of_region;
  Region& region = region_of(at);
  channel.routers(region.boundary);
  region.links[core::index_of(port)](channel);
  channel.place(region.index_of(at), port, [&region](core::Cycle cycle) { region.request(cycle); });
  region.add_channel(channel);
  const auto bound = std::count_if(channels_.begin(), channels_.end(), [&](const ChannelPlace& other) {
    return other.region == &region && other.port == port;
  });
  channels_.push_back({&region, region.index_of(at), port, static_cast<int>(bound)});
  return number_of_region;
}

void Wafer::end_of_elaboration() {
  const core::Rectangle mesh{0, 0, hardware_.fabric.width, hardware_.fabric.height};
  for (const auto& region : regions_) {
    const core::Rectangle& area = region->area();
    const Coordinate last = core::place_at(area, static_cast<std::uint32_t>(area.area()) - 1);
    for (const Direction edge : {Direction::north, Direction::south, Direction::west, Direction::east}) {
      const bool first = edge == Direction::north || edge == Direction::west;
      const auto beyond = core::neighbour(first ? Coordinate{area.x, area.y} : last, edge, mesh);
      if (beyond) region->routers().join_region(edge, grid_.area(grid_.region_at(*beyond)));
    }
  }
  for (const ChannelPlace& channel : channels_) {
    channel.region->routers().join_channel(channel.tile, channel.port, channel.number);
  }
}

Tile& Wafer::tile(Coordinate at) {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  if (at.x >= mesh.width || at.y >= mesh.height) {
    throw core::InputError(fmt::format("tile ({}, {}): expected one of the wafer's {} x {}", at.x, at.y,
                                       mesh.width, mesh.height));
  }
  std::unique_ptr<Tile>& tile = tiles_[{at.y, at.x}];
  if (tile) return *tile;
  if (sc_core::sc_get_status() >= sc_core::SC_END_OF_ELABORATION) {
    tiles_.erase({at.y, at.x});
    throw core::InputError(
        fmt::format("tile ({}, {}): expected to be asked for during elaboration, when SystemC makes modules",
                    at.x, at.y));
  }
  const Coordinate die{at.x / mesh.reticle_width, at.y / mesh.reticle_height};
  std::unique_ptr<Reticle>& reticle = reticles_[{die.y, die.x}];
  if (!reticle) {
    const pe::HierarchyScope scope(*this);
    reticle = std::make_unique<Reticle>(fmt::format("reticle_{}_{}", die.x, die.y).c_str());
  }
  const pe::HierarchyScope scope(*reticle);
  tile = std::make_unique<Tile>(fmt::format("tile_{}_{}", at.x, at.y).c_str(), at, region_of(at),
                                hardware_.pe, period_);
  return *tile;
}

sc_core::sc_object* Wafer::find(const std::string& object) {
  if (sc_core::sc_object* known = sc_core::sc_find_object(object.c_str())) return known;
  static constexpr std::string_view kTile = ".tile_";
  std::string_view rest = object;
  const std::size_t place = rest.find(kTile);
  if (!rest.starts_with(fmt::format("{}.reticle_", name())) || place == std::string_view::npos)
    return nullptr;
  rest.remove_prefix(place + kTile.size());
  const char* const end = rest.data() + rest.size();
  Coordinate at;
  const auto x = std::from_chars(rest.data(), end, at.x);
  if (x.ec != std::errc{} || x.ptr == end || *x.ptr != '_') return nullptr;
  if (std::from_chars(x.ptr + 1, end, at.y).ec != std::errc{}) return nullptr;
  if (at.x >= hardware_.fabric.width || at.y >= hardware_.fabric.height) return nullptr;
  static_cast<void>(tile(at));
  return sc_core::sc_find_object(object.c_str());
}

void Wafer::set_route(Coordinate at, core::Color color, const fabric::Route& route) {
  if (!has(at)) return;
  Region& region = region_of(at);
  region.routers().set_route(region.index_of(at), color, route);
}

void Wafer::load(Coordinate at, pe::Program& program, std::uint32_t program_tile,
                 const std::vector<pe::QueueBinding>& inputs, const std::vector<pe::QueueBinding>& outputs) {
  if (!has(at)) return;
  Region& region = region_of(at);
  const std::uint32_t index = region.index_of(at);
  if (const auto tile = tiles_.find({at.y, at.x}); tile != tiles_.end() && tile->second->ramp.used()) {
    throw core::InputError(
        fmt::format("tile ({}, {}): a program is loaded, but a module stands in the PE's place", at.x, at.y));
  }
  region.pes().load(index, program, program_tile, inputs, outputs, now() + 1);
  region.request(now() + 1);
}

void Wafer::use_input_channel(std::uint32_t channel) { io_->use_input(channel); }
void Wafer::use_output_channel(std::uint32_t channel) { io_->use_output(channel); }

void Wafer::run() {
  for (const auto& [place, tile] : tiles_) {
    if (tile->ramp.used()) tile->ramp.start(now() + 1);
  }
  for (;;) {
    pauses_ = false;
    // A program that has nothing to do, of which SystemC would warn on standard output.
    if (!sc_core::sc_pending_activity()) return;
    sc_core::sc_start();
    rethrow_error();
    if (!pauses_) return;
    settle();
    keep_(newest_cycle_);
  }
}

void Wafer::settle() const {
  while (sc_core::sc_pending_activity_at_current_time()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
  rethrow_error();
}

void Wafer::begin_at(const sc_core::sc_time& time) {
  if (time > sc_core::sc_time_stamp()) sc_core::sc_start(time - sc_core::sc_time_stamp());
  newest_cycle_ = now();
}

void Wafer::check_archivable() const {
  for (const auto& [place, tile] : tiles_) {
    if (!tile->ramp.used()) continue;
    throw core::InputError(
        fmt::format("{}: expected no module in the place of a PE in a run with checkpoints, which "
                    "cannot keep what it remembers",
                    tile->ramp.name()));
  }
}

void Wafer::rethrow_error() const {
  if (error_) std::rethrow_exception(error_);
}

core::Cycle Wafer::next_cycle() const {
  core::Cycle next = core::kNever;
  for (const auto& region : regions_) next = std::min(next, region->next());
  return next;
}

void Wafer::on_cycle(core::Cycle cycle) {
  if (cycle > cycle_limit_) {
    throw core::SimulationError(
        fmt::format("simulation.max_cycles: the run went past its limit of {} cycles", cycle_limit_));
  }
  if (cycle >= last_cycle_) {
    throw core::SimulationError(
        fmt::format("pe.clock: the run did not end within {} cycles, as far as the kernel's clock of 2^64 fs "
                    "reaches at {} Hz",
                    last_cycle_, hardware_.pe.clock_hz));
  }
  if (cycle > newest_cycle_) {
    newest_cycle_ = cycle;
    if (new_cycle_) new_cycle_(cycle);
  }
  if (++ticks_ % kTicksPerReport == 0 && progress_) progress_(cycle);
  if (due_ && !pauses_ && due_(cycle)) {
    pauses_ = true;
    sc_core::sc_pause();
  }
}

void Wafer::fail(std::exception_ptr error) {
  if (error_) return;  // another region was first
  error_ = std::move(error);
  if (!border_) sc_core::sc_stop();  // ranks end together
}

bool Wafer::at_work(core::Cycle cycle) const {
  return io_->at_work(cycle) || std::any_of(regions_.begin(), regions_.end(),
                                            [&](const auto& region) { return region->pes().at_work(cycle); });
}

void Wafer::check_empty() const {
  for (const auto& region : regions()) {
    const std::vector<fabric::BlockedQueue> blocked = region->routers().blocked();
    std::uint64_t left = region->pes().queued_wavelets();
    for (const fabric::BlockedQueue& each : blocked) left += each.wavelets;
    if (left == 0) continue;
    std::string first;
    const auto tell = [&](std::uint32_t tile, core::Color color, std::uint32_t wavelets, const char* where) {
      const core::Coordinate at = core::place_at(region->area(), tile);
      first = fmt::format("{} of color {} {} of tile ({}, {})", wavelets, color, where, at.x, at.y);
    };
    if (!blocked.empty()) tell(blocked[0].tile, blocked[0].color, blocked[0].wavelets, "in the router");
    if (const auto queue = region->pes().first_queued())
      tell(queue->tile, queue->color, queue->wavelets, "at the PE");
    throw core::SimulationError(fmt::format("{} wavelets were never taken, {}", left, first));
  }
}

std::uint64_t Wafer::hops() const {
  std::uint64_t total = 0;
  for (const auto& region : regions_) total += region->routers().hops();
  return total;
}

}  // namespace waferloom::wafer
