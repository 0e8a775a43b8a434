// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/collect_tiles.hpp"

#include <algorithm>
#include <array>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::wafer {

std::vector<TileResult> collect_tiles(Wafer& wafer, core::Rectangle program) {
  const fabric::FabricParameters& mesh = wafer.hardware().fabric;
  const core::Rectangle all{0, 0, mesh.width, mesh.height};
  std::vector<std::array<std::uint64_t, core::kDirections>> sent(all.area());
  for (const auto& region : wafer.regions()) {
    for (const fabric::RouterArray::Sent& each : region->routers().sent_by_all()) {
      sent[core::number_of(all, region->at(each.tile))] = each.wavelets;
    }
  }
  std::vector<TileResult> tiles;
  for (std::uint32_t y = 0; y < mesh.height; ++y) {
    for (std::uint32_t x = 0; x < mesh.width; ++x) {
      const core::Coordinate at{x, y};
      if (!wafer.has(at)) continue;
      TileResult tile;
      tile.at = at;
      std::uint64_t traffic = 0;
      tile.sent = sent[core::number_of(all, at)];
      for (const std::uint64_t each : tile.sent) traffic += each;
      if (traffic == 0 && !program.contains(at)) continue;
      Region& region = wafer.region_of(at);
      const std::uint32_t index = region.index_of(at);
      tile.busy_cycles = region.pes().busy_cycles(index);
      tile.received = region.pes().received(index);
      tile.injected = region.pes().injected(index);
      tile.sram_high_water = region.srams().high_water(index);
      tiles.push_back(tile);
    }
  }
  return tiles;
}

std::vector<TileResult> gather_tiles(ranks::Ranks& ranks, const std::vector<TileResult>& own) {
  ranks::Packer message;
  message.put_all(own);
  std::vector<TileResult> all;
  for (const ranks::Bytes& each : ranks::gather(ranks, message.take())) {
    const std::vector<TileResult> tiles = ranks::Unpacker(each).get_all<TileResult>();
    all.insert(all.end(), tiles.begin(), tiles.end());
  }
  std::sort(all.begin(), all.end(), [](const TileResult& a, const TileResult& b) {
    return a.at.y != b.at.y ? a.at.y < b.at.y : a.at.x < b.at.x;
  });
  return all;
}

}  // namespace waferloom::wafer
