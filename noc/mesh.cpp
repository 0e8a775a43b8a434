// SPDX-License-Identifier: Apache-2.0
#include "noc/mesh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/region_grid.hpp"
#include "core/registry.hpp"
#include "noc/router_registry.hpp"

namespace waferloom::noc {

using core::Cycle;
using core::Direction;

MeshRegion::MeshRegion(const sc_core::sc_module_name& name, core::Rectangle area, sc_core::sc_time period,
                       std::unique_ptr<PacketRouterArray> routers,
                       std::function<void(std::exception_ptr)> on_error)
    : sc_module(name),
      area_(area),
      period_value_(period.value()),
      routers_(std::move(routers)),
      on_error_(std::move(on_error)) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&wake_);
  sc_core::sc_spawn([this] { run(); }, "process", &options);
}

void MeshRegion::start(const Traffic& traffic) {
  wake_.cancel();
  next_ = core::kNever;
  routers_->start(traffic);
  request(traffic.start);
}

void MeshRegion::request(Cycle cycle) {
  if (cycle >= next_) return;
  next_ = cycle;
  wake_.notify(sc_core::sc_time::from_value(cycle * period_value_) - sc_core::sc_time_stamp());
}

void MeshRegion::post(Direction edge, const EdgeBox& box) { request(routers_->accept(edge, box)); }

void MeshRegion::run() {
  next_ = core::kNever;
  try {
    simulate(sc_core::sc_time_stamp().value() / period_value_);
  } catch (...) {
    on_error_(std::current_exception());
  }
}

void MeshRegion::simulate(Cycle cycle) {
  routers_->step(cycle);
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    const auto edge = static_cast<Direction>(d);
    EdgeBox& box = routers_->outbox(edge);
    if (box.empty()) continue;
    links[d]->post(core::opposite(edge), box);
    box.flits.clear();
    box.credits.clear();
  }
  // Includes what neighbours posted in this cycle before: their request was taken by this activation.
  const Cycle next = routers_->next_cycle(cycle);
  if (next != core::kNever) request(next);
}

Mesh::Mesh(const sc_core::sc_module_name& name, const NetworkParameters& network, double clock_hz,
           const core::SimulationParameters& simulation)
    : sc_module(name) {
  const sc_core::sc_time period(static_cast<double>(core::clock_period_fs(clock_hz)), sc_core::SC_FS);
  period_value_ = period.value();
  const fabric::FabricParameters& parameters = network.mesh;
  const PacketRouterModel& model =
      core::require_named(packet_router_models(), parameters.router, "fabric.router");
  const core::RegionGrid grid(simulation, parameters.reticle_width, parameters.reticle_height,
                              parameters.width, parameters.height);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    regions_.push_back(std::make_unique<MeshRegion>(
        fmt::format("region_{}_{}", grid.column(i), grid.row(i)).c_str(), grid.area(i), period,
        model.create(network, grid.area(i)), [this](std::exception_ptr error) {
          if (!error_) error_ = std::move(error);
          sc_core::sc_pause();
        }));
  }
  grid.join(regions_);
}

void Mesh::start(const Traffic& traffic) {
  for (const auto& region : regions_) region->start(traffic);
}

void Mesh::run_until(Cycle cycle) {
  // Up to the middle between two cycles, where no process runs.
  const auto end = sc_core::sc_time::from_value(cycle * period_value_ - period_value_ / 2);
  if (cycle > now_) sc_core::sc_start(end - sc_core::sc_time_stamp());
  if (error_) std::rethrow_exception(error_);
  now_ = std::max(now_, cycle);
}

std::uint64_t Mesh::hops() const {
  std::uint64_t total = 0;
  for (const auto& region : regions_) total += region->routers().hops();
  return total;
}

std::uint64_t Mesh::busiest_link() const {
  std::uint64_t most = 0;
  for (const auto& region : regions_) most = std::max(most, region->routers().busiest_link());
  return most;
}

std::uint64_t Mesh::flits_held() const {
  std::uint64_t total = 0;
  for (const auto& region : regions_) total += region->routers().flits_held();
  return total;
}

std::vector<Cycle> Mesh::lags() const {
  const core::Rectangle last = regions_.back()->area();
  const std::size_t width = last.x + last.width;
  std::vector<Cycle> lags(width * (last.y + last.height));
  std::vector<Cycle> own;
  for (const auto& region : regions_) {
    own.clear();
    region->routers().endpoints().list_lags(now_, own);
    const core::Rectangle area = region->area();
    for (std::size_t i = 0; i < own.size(); ++i) {
      const core::Coordinate at = core::place_at(area, static_cast<std::uint32_t>(i));
      lags[at.y * width + at.x] = own[i];
    }
  }
  return lags;
}

bool Mesh::all_measured_begun() const {
  return std::all_of(regions_.begin(), regions_.end(),
                     [](const auto& region) { return region->routers().endpoints().all_measured_begun(); });
}

TrafficCounts Mesh::counts() const {
  TrafficCounts total;
  for (const auto& region : regions_) {
    const TrafficCounts& counts = region->routers().endpoints().counts();
    total.flits_sent += counts.flits_sent;
    total.flits_received += counts.flits_received;
    total.packets_received += counts.packets_received;
    total.flits_in_window += counts.flits_in_window;
    total.measured_begun += counts.measured_begun;
    total.measured_received += counts.measured_received;
    total.measured_hops += counts.measured_hops;
  }
  return total;
}

LatencyHistogram Mesh::latencies() const {
  LatencyHistogram total;
  for (const auto& region : regions_) total.add(region->routers().endpoints().latencies());
  return total;
}

}  // namespace waferloom::noc
