// SPDX-License-Identifier: Apache-2.0
// The tiles of a program's rectangle on a wafer, as a replay sees them.
#pragma once

#include "core/places.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/program/tile_services.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class WaferTiles final : public TileServices {
 public:
  WaferTiles(Wafer& wafer, core::Rectangle program) : wafer_(wafer), program_(program) {}

  /// Gives all PEs their program and binds their queues; routes are laid already.
  void load(pe::Program& program, const RoutePlan& plan) {
    for (std::uint32_t tile = 0; tile < program_.area(); ++tile) {
      wafer_.load(at(tile), program, tile, plan.inputs(tile), plan.outputs(tile));
    }
  }
  void resume(std::uint32_t tile, core::Cycle cycle) override {
    if (!wafer_.has(at(tile))) return;
    Region& region = wafer_.region_of(at(tile));
    region.pes().resume(region.index_of(at(tile)), cycle);
    region.request(cycle + 1);
  }
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) override {
    Region& region = wafer_.region_of(at(tile));
    return region.pes().allocate(region.index_of(at(tile)), bytes);
  }
  void release(std::uint32_t tile, std::uint32_t address) override {
    Region& region = wafer_.region_of(at(tile));
    region.pes().release(region.index_of(at(tile)), address);
  }

 private:
  [[nodiscard]] core::Coordinate at(std::uint32_t tile) const { return core::place_at(program_, tile); }

  Wafer& wafer_;
  core::Rectangle program_;
};

}  // namespace waferloom::wafer
