// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/collect_tiles.hpp"

#include <algorithm>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::wafer {

namespace {

void sort_by_rows(std::vector<TileResult>& tiles) {
  std::sort(tiles.begin(), tiles.end(), [](const TileResult& a, const TileResult& b) {
    return a.at.y != b.at.y ? a.at.y < b.at.y : a.at.x < b.at.x;
  });
}

}  // namespace

std::vector<TileResult> collect_tiles(Wafer& wafer, core::Rectangle program) {
  std::vector<TileResult> tiles;
  for (const auto& region : wafer.regions()) {
    std::vector<TileResult> own(region->area().area());
    for (const fabric::RouterArray::Sent& each : region->routers().sent_by_all()) {
      own[each.tile].sent = each.wavelets;
    }
    for (std::uint32_t index = 0; index < own.size(); ++index) {
      TileResult& tile = own[index];
      tile.at = region->at(index);
      std::uint64_t traffic = 0;
      for (const std::uint64_t sent : tile.sent) traffic += sent;
      if (traffic == 0 && !program.contains(tile.at)) continue;
      tile.busy_cycles = region->pes().busy_cycles(index);
      tile.received = region->pes().received(index);
      tile.injected = region->pes().injected(index);
      tile.sram_high_water = region->srams().high_water(index);
      tiles.push_back(tile);
    }
  }
  sort_by_rows(tiles);
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
  sort_by_rows(all);
  return all;
}

}  // namespace waferloom::wafer
