// SPDX-License-Identifier: Apache-2.0
#include "noc/mesh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/registry.hpp"
#include "noc/router_registry.hpp"
#include "ranks/together.hpp"

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
           const core::SimulationParameters& simulation, const ranks::Share* share)
    : sc_module(name),
      grid_(simulation, network.mesh.reticle_width, network.mesh.reticle_height, network.mesh.width,
            network.mesh.height),
      share_(share),
      by_number_(grid_.size()) {
  const sc_core::sc_time period(static_cast<double>(core::clock_period_fs(clock_hz)), sc_core::SC_FS);
  period_value_ = period.value();
  const PacketRouterModel& model =
      core::require_named(packet_router_models(), network.mesh.router, "fabric.router");
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    if (share != nullptr && !share->has(i)) continue;
    regions_.push_back(std::make_unique<MeshRegion>(
        fmt::format("region_{}_{}", grid_.column(i), grid_.row(i)).c_str(), grid_.area(i), period,
        model.create(network, grid_.area(i)), [this](std::exception_ptr error) {
          if (!error_) error_ = std::move(error);
          sc_core::sc_pause();
        }));
    by_number_[i] = regions_.back().get();
  }
  if (share != nullptr) border_ = std::make_unique<MeshBorder>(grid_, *share);
  grid_.for_each_link([&](std::size_t region, Direction direction, std::size_t beyond) {
    if (by_number_[region] == nullptr) return;
    auto& link = by_number_[region]->links[core::index_of(direction)];
    if (by_number_[beyond] != nullptr) {
      link(*by_number_[beyond]);
    } else {
      link(border_->beyond(beyond));
    }
  });
}

Mesh::~Mesh() = default;

void Mesh::start(const Traffic& traffic) {
  for (const auto& region : regions_) region->start(traffic);
}

void Mesh::advance(Cycle cycle) {
  // Up to the middle between two cycles, where no process runs.
  const auto end = sc_core::sc_time::from_value(cycle * period_value_ - period_value_ / 2);
  sc_core::sc_start(end - sc_core::sc_time_stamp());
}

void Mesh::advance_shared(Cycle cycle) {
  constexpr Cycle kAhead = 2;  // in which nothing acts that others send
  for (Cycle next = now_; next < cycle;) {
    next = std::min(next + kAhead, cycle);
    if (!error_) advance(next);
    border_->exchange([&](std::size_t region, Direction edge, const EdgeBox& box) {
      if (!error_) by_number_[region]->post(edge, box);
    });
  }
  ranks::together(share_->ranks, [&] {
    if (error_) std::rethrow_exception(error_);
  });
}

void Mesh::run_until(Cycle cycle) {
  if (cycle > now_ && border_) {
    advance_shared(cycle);
  } else if (cycle > now_) {
    advance(cycle);
  }
  if (error_) std::rethrow_exception(error_);
  now_ = std::max(now_, cycle);
}

std::vector<ranks::Bytes> Mesh::of_all(ranks::Packer own) const {
  std::vector<ranks::Bytes> result;
  if (share_ == nullptr) {
    result.push_back(own.take());
    return result;
  }
  ranks::Packer all;
  for (const ranks::Bytes& each : ranks::gather(share_->ranks, own.take())) all.put_all(each);
  const ranks::Bytes said = ranks::broadcast(share_->ranks, all.take());
  for (ranks::Unpacker from(said); !from.empty();) result.push_back(from.get_all<std::byte>());
  return result;
}

std::uint64_t Mesh::sum_of_all(std::uint64_t own) const {
  ranks::Packer packed;
  packed.put(own);
  std::uint64_t total = 0;
  for (const ranks::Bytes& each : of_all(std::move(packed))) {
    total += ranks::Unpacker(each).get<std::uint64_t>();
  }
  return total;
}

std::uint64_t Mesh::hops() const {
  std::uint64_t own = 0;
  for (const auto& region : regions_) own += region->routers().hops();
  return sum_of_all(own);
}

std::uint64_t Mesh::busiest_link() const {
  std::uint64_t most = 0;
  for (const auto& region : regions_) most = std::max(most, region->routers().busiest_link());
  ranks::Packer packed;
  packed.put(most);
  for (const ranks::Bytes& each : of_all(std::move(packed))) {
    most = std::max(most, ranks::Unpacker(each).get<std::uint64_t>());
  }
  return most;
}

std::uint64_t Mesh::flits_held() const {
  std::uint64_t own = 0;
  for (const auto& region : regions_) own += region->routers().flits_held();
  return sum_of_all(own);
}

template <class Value>
std::vector<Value> Mesh::by_node(
    const std::function<void(const PacketRouterArray&, std::vector<Value>&)>& list) const {
  const core::Rectangle last = grid_.area(grid_.size() - 1);
  const std::size_t width = last.x + last.width;
  std::vector<Value> values(width * (last.y + last.height));
  ranks::Packer packed;
  std::vector<Value> of_region;
  for (const auto& region : regions_) {
    of_region.clear();
    list(region->routers(), of_region);
    packed.put(region->area());
    packed.put_all(of_region);
  }
  for (const ranks::Bytes& each : of_all(std::move(packed))) {
    for (ranks::Unpacker from(each); !from.empty();) {
      const auto area = from.get<core::Rectangle>();
      const std::vector<Value> own = from.get_all<Value>();
      for (std::size_t i = 0; i < own.size(); ++i) {
        const core::Coordinate at = core::place_at(area, static_cast<std::uint32_t>(i));
        values[at.y * width + at.x] = own[i];
      }
    }
  }
  return values;
}

std::vector<Cycle> Mesh::lags() const {
  return by_node<Cycle>([this](const PacketRouterArray& routers, std::vector<Cycle>& lags) {
    routers.endpoints().list_lags(now_, lags);
  });
}

std::vector<SentFlits> Mesh::sent() const {
  return by_node<SentFlits>(
      [](const PacketRouterArray& routers, std::vector<SentFlits>& sent) { routers.list_sent(sent); });
}

bool Mesh::all_measured_begun() const {
  const bool own = std::all_of(regions_.begin(), regions_.end(), [](const auto& region) {
    return region->routers().endpoints().all_measured_begun();
  });
  return sum_of_all(own ? 0 : 1) == 0;
}

TrafficCounts Mesh::counts() const {
  ranks::Packer packed;
  for (const auto& region : regions_) packed.put(region->routers().endpoints().counts());
  TrafficCounts total;
  for (const ranks::Bytes& each : of_all(std::move(packed))) {
    for (ranks::Unpacker from(each); !from.empty();) total.add(from.get<TrafficCounts>());
  }
  return total;
}

LatencyHistogram Mesh::latencies() const {
  ranks::Packer packed;
  for (const auto& region : regions_) packed.put_all(region->routers().endpoints().latencies().bins());
  LatencyHistogram total;
  for (const ranks::Bytes& each : of_all(std::move(packed))) {
    for (ranks::Unpacker from(each); !from.empty();) {
      for (const LatencyHistogram::Bin& bin : from.get_all<LatencyHistogram::Bin>()) total.add(bin);
    }
  }
  return total;
}

}  // namespace waferloom::noc
