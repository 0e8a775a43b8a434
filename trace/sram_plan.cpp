// SPDX-License-Identifier: Apache-2.0
#include "trace/sram_plan.hpp"

#include <algorithm>
#include <unordered_map>

namespace waferloom::trace {

SramPlan sram_plan(const std::vector<Record>& records, core::Coordinate tile) {
  SramPlan plan;
  plan.tile = tile;
  std::unordered_map<std::string, std::size_t> live;
  std::uint64_t used = 0;
  for (const Record& record : records) {
    if (record.allocates.empty() && record.frees.empty()) continue;
    const core::Rectangle& area = record.area;
    if (!area.contains(tile)) continue;
    for (const Allocation& allocation : record.allocates) {
      const std::uint64_t bytes =
          sram_bytes(allocation.bytes.value(tile.x - area.x, area.width, tile.y - area.y, area.height, 0, 1));
      live[allocation.tensor] = plan.tensors.size();
      plan.tensors.push_back({allocation.tensor, bytes, record.id, kNoRecord});
      used += bytes;
    }
    if (used > plan.peak_bytes) {
      plan.peak_bytes = used;
      plan.peak_record = record.id;
    }
    for (const std::string& tensor : record.frees) {
      const auto place = live.find(tensor);
      if (place == live.end()) continue;
      plan.tensors[place->second].last = record.id;
      used -= plan.tensors[place->second].bytes;
      live.erase(place);
    }
  }
  return plan;
}

SramPlan fullest_sram_plan(const std::vector<Record>& records) {
  std::vector<core::Coordinate> corners;
  for (const Record& record : records) {
    if (record.allocates.empty()) continue;
    const core::Coordinate corner{record.area.x + record.area.width - 1,
                                  record.area.y + record.area.height - 1};
    if (std::find(corners.begin(), corners.end(), corner) == corners.end()) corners.push_back(corner);
  }
  SramPlan fullest;
  for (const core::Coordinate corner : corners) {
    SramPlan plan = sram_plan(records, corner);
    if (fullest.peak_record == kNoRecord || plan.peak_bytes > fullest.peak_bytes) fullest = std::move(plan);
  }
  return fullest;
}

}  // namespace waferloom::trace
