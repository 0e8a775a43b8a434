// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of a mesh: node by node, so that a run can go on with other regions and on other ranks.
#include <algorithm>

#include "core/places.hpp"
#include "noc/mesh.hpp"

namespace waferloom::noc {

using core::Cycle;

namespace {

bool share_nodes(const core::Rectangle& a, const core::Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

}  // namespace

void MeshRegion::start_at(const Traffic& traffic, Cycle now) {
  routers_->start(traffic);
  routers_->endpoints().forget_sources(now);
}

std::vector<std::byte> MeshRegion::kept(Cycle now) {
  core::State state;
  for (std::uint32_t node = 0; node < area_.area(); ++node) {
    core::State own;
    routers_->archive(own, node);
    std::vector<std::byte> bytes = own.take();
    state(bytes);
  }
  routers_->archive_between(state, area_, now);
  return state.take();
}

void MeshRegion::read(const core::Rectangle& of, std::span<const std::byte> bytes, Cycle now) {
  core::State state(bytes);
  for (std::uint32_t node = 0; node < of.area(); ++node) {
    core::State own(state.view());
    const core::Coordinate at = core::place_at(of, node);
    if (area_.contains(at)) routers_->archive(own, core::number_of(area_, at));
  }
  routers_->archive_between(state, of, now);
}

void MeshRegion::run_on(Cycle now) {
  const Cycle next = routers_->next_cycle(now - 1);
  if (next != core::kNever) request(next);
}

void Mesh::keep(std::vector<checkpoint::Section>& sections) {
  for (const auto& region : regions_) {
    sections.push_back({checkpoint::Kind::region, region->area(), region->kept(now_)});
  }
}

void Mesh::take_up(const Traffic& traffic, Cycle now, const checkpoint::Keeper& keeper) {
  for (const auto& region : regions_) region->start_at(traffic, now);
  keeper.for_each(
      checkpoint::Kind::region,
      [&](const core::Rectangle& area) {
        return std::any_of(regions_.begin(), regions_.end(),
                           [&](const auto& region) { return share_nodes(region->area(), area); });
      },
      [&](const core::Rectangle& area, std::span<const std::byte> bytes) {
        for (const auto& region : regions_) {
          if (share_nodes(region->area(), area)) region->read(area, bytes, now);
        }
      });
  advance(now);
  now_ = now;
  for (const auto& region : regions_) region->run_on(now);
}

}  // namespace waferloom::noc
