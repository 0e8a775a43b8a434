// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/wafer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/registry.hpp"
#include "fabric/io_plan.hpp"
#include "fabric/router_registry.hpp"

namespace waferloom::wafer {

using core::Coordinate;
using core::Direction;

namespace {

constexpr std::uint64_t kTicksPerReport = 4096;

std::vector<Coordinate> places_of(core::Rectangle area) {
  std::vector<Coordinate> places;
  places.reserve(area.area());
  for (std::uint32_t y = 0; y < area.height; ++y) {
    for (std::uint32_t x = 0; x < area.width; ++x) places.push_back({area.x + x, area.y + y});
  }
  return places;
}

Direction direction_between(Coordinate from, Coordinate to) {
  if (to.x > from.x) return Direction::east;
  if (to.x < from.x) return Direction::west;
  return to.y > from.y ? Direction::south : Direction::north;
}

}  // namespace

Reticle::Reticle(const sc_core::sc_module_name& name, core::Rectangle area,
                 const std::function<std::uint32_t(Coordinate)>& index_in_region)
    : sc_module(name) {
  tiles_.reserve(area.area());
  for (const Coordinate at : places_of(area)) {
    tiles_.push_back(
        std::make_unique<Tile>(fmt::format("tile_{}_{}", at.x, at.y).c_str(), at, index_in_region(at)));
  }
}

Wafer::Wafer(const sc_core::sc_module_name& name, const Hardware& hardware,
             const core::SimulationParameters& simulation)
    : sc_module(name),
      hardware_(hardware),
      period_(static_cast<double>(core::clock_period_fs(hardware.pe.clock_hz)), sc_core::SC_FS),
      region_width_(
          std::min(simulation.region_width != 0 ? simulation.region_width : hardware.fabric.reticle_width,
                   hardware.fabric.width)),
      region_height_(
          std::min(simulation.region_height != 0 ? simulation.region_height : hardware.fabric.reticle_height,
                   hardware.fabric.height)),
      region_columns_((hardware.fabric.width + region_width_ - 1) / region_width_) {
  build_regions();
  build_tiles();
  build_io();
}

Wafer::~Wafer() = default;

void Wafer::build_regions() {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  const fabric::RouterModel& model =
      core::require_named(fabric::router_models(), mesh.router, "fabric.router");
  for (std::uint32_t y = 0; y < mesh.height; y += region_height_) {
    for (std::uint32_t x = 0; x < mesh.width; x += region_width_) {
      const core::Rectangle area{x, y, std::min(region_width_, mesh.width - x),
                                 std::min(region_height_, mesh.height - y)};
      const auto places = places_of(area);
      regions_.push_back(std::make_unique<Region>(
          fmt::format("region_{}_{}", x / region_width_, y / region_height_).c_str(), area, period_,
          model.create(mesh, places),
          std::make_unique<pe::PeArray>(hardware_.pe, mesh.ramp_latency_cycles, mesh.queue_depth, places),
          std::make_unique<pe::SramArray>(hardware_.pe, places.size()), *this));
    }
  }
}

void Wafer::build_tiles() {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  tiles_.resize(std::size_t{mesh.width} * mesh.height);
  for (std::uint32_t top = 0; top < mesh.height; top += mesh.reticle_height) {
    for (std::uint32_t left = 0; left < mesh.width; left += mesh.reticle_width) {
      const std::string name =
          fmt::format("reticle_{}_{}", left / mesh.reticle_width, top / mesh.reticle_height);
      const core::Rectangle area{left, top, std::min(mesh.reticle_width, mesh.width - left),
                                 std::min(mesh.reticle_height, mesh.height - top)};
      reticles_.push_back(std::make_unique<Reticle>(
          name.c_str(), area, [this](Coordinate at) { return region_of(at).index_of(at); }));
      for (const auto& tile : reticles_.back()->tiles()) {
        Region& region = region_of(tile->router.at());
        tile->router.attach(region.routers());
        tile->pe.attach(region.pes());
        tile->sram.attach(region.srams());
        tiles_[index(tile->router.at())] = tile.get();
      }
    }
  }
  for (std::uint32_t y = 0; y < mesh.height; ++y) {
    for (std::uint32_t x = 0; x < mesh.width; ++x) {
      fabric::Router& router = tile({x, y}).router;
      if (x > 0) router.links(tile({x - 1, y}).router);
      if (y > 0) router.links(tile({x, y - 1}).router);
    }
  }
}

void Wafer::build_io() {
  io_ = std::make_unique<fabric::IoInterface>("io", hardware_.io, hardware_.fabric, period_,
                                              hardware_.pe.clock_hz);
  io_->on_error([this](std::exception_ptr error) { fail(std::move(error)); });
}

void Wafer::attach(fabric::IoChannel& channel, std::uint32_t number, fabric::Edge edge) {
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
  Region& region = region_of(at);
  channel.attach(region.routers(), region.index_of(at), port,
                 [&region](core::Cycle cycle) { region.request(cycle); });
  region.add_channel(channel);
}

void Wafer::wire(Tile& tile) {
  for (int i = 0; i < tile.router.links.size(); ++i) {
    const fabric::Router& neighbour = tile.router.links[i]->router();
    connect(tile.router, neighbour);
    connect(neighbour, tile.router);
  }
}

void Wafer::connect(const fabric::Router& from, const fabric::Router& to) {
  const fabric::FabricParameters& mesh = hardware_.fabric;
  const Coordinate at = from.at();
  const Coordinate there = to.at();
  const Direction towards = direction_between(at, there);
  const bool crosses = at.x / mesh.reticle_width != there.x / mesh.reticle_width ||
                       at.y / mesh.reticle_height != there.y / mesh.reticle_height;
  const std::uint32_t extra = crosses ? mesh.reticle_crossing_cycles : 0;
  Region& region = region_of(at);
  Region& far = region_of(there);
  if (&far == &region) {
    region.routers().connect_neighbour(from.index(), towards, to.index(), extra);
    return;
  }
  seams_.push_back(std::make_unique<RegionSeam>(far, to.index(), core::opposite(towards), mesh.queue_depth));
  region.routers().connect_boundary(from.index(), towards, *seams_.back(), extra);
}

void Wafer::end_of_elaboration() {
  for (Tile* tile : tiles_) wire(*tile);
  for (std::uint32_t i = 0; i < io_->channels(); ++i) {
    attach(io_->input(i), i, hardware_.io.input_edge);
    if (&io_->output(i) != &io_->input(i)) attach(io_->output(i), i, hardware_.io.output_edge);
  }
}

void Wafer::set_route(Coordinate at, core::Color color, const fabric::Route& route) {
  Region& region = region_of(at);
  region.routers().set_route(region.index_of(at), color, route);
}

void Wafer::load(Coordinate at, pe::Program& program, std::uint32_t program_tile,
                 const std::vector<pe::QueueBinding>& inputs, const std::vector<pe::QueueBinding>& outputs) {
  Region& region = region_of(at);
  const std::uint32_t index = region.index_of(at);
  region.pes().load(index, program, program_tile, inputs, outputs, now() + 1);
  region.request(now() + 1);
}

void Wafer::use_input_channel(std::uint32_t channel) { io_->use_input(channel); }
void Wafer::use_output_channel(std::uint32_t channel) { io_->use_output(channel); }

void Wafer::run() {
  sc_core::sc_start();
  if (error_) std::rethrow_exception(error_);
}

void Wafer::on_cycle(core::Cycle cycle) {
  if (cycle > cycle_limit_) {
    throw core::SimulationError(
        fmt::format("simulation.max_cycles: the run went past its limit of {} cycles", cycle_limit_));
  }
  if (cycle > newest_cycle_) {
    newest_cycle_ = cycle;
    if (new_cycle_) new_cycle_(cycle);
  }
  if (++ticks_ % kTicksPerReport == 0 && progress_) progress_(cycle);
}

void Wafer::fail(std::exception_ptr error) {
  if (!error_) error_ = std::move(error);
  sc_core::sc_stop();
}

std::uint64_t Wafer::hops() const {
  std::uint64_t total = 0;
  for (const auto& region : regions_) total += region->routers().hops();
  return total;
}

}  // namespace waferloom::wafer
