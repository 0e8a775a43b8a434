// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/stuck_view.hpp"

namespace waferloom::wafer {

core::Rectangle LocalStuckView::mesh() const {
  return {0, 0, wafer_.hardware().fabric.width, wafer_.hardware().fabric.height};
}

std::vector<StuckView::Queue> LocalStuckView::queues() const {
  std::vector<Queue> all;
  for (const auto& region : wafer_.regions()) {
    for (const fabric::BlockedQueue& queue : region->routers().blocked()) {
      all.push_back({region->at(queue.tile), queue});
    }
  }
  sort_by_place(all);
  return all;
}

std::vector<StuckView::Thread> LocalStuckView::threads() const {
  std::vector<Thread> all;
  for (const auto& region : wafer_.regions()) {
    for (const pe::WaitingThread& thread : region->pes().waiting()) {
      all.push_back({region->at(thread.tile), thread});
    }
  }
  sort_by_place(all);
  return all;
}

std::vector<ProgramView::Waiting> LocalStuckView::parked() const {
  std::vector<ProgramView::Waiting> all = program_.waiting_threads();
  std::erase_if(all, [&](const ProgramView::Waiting& each) { return !wafer_.has(each.at); });
  sort_by_place(all);
  return all;
}

std::vector<StuckView::Line> LocalStuckView::lines() const {
  std::vector<Line> all;
  if (lines_) all = lines_();
  sort_by_place(all);
  return all;
}

core::DirectionSet LocalStuckView::inputs(core::Coordinate at, core::Color color) const {
  Region& region = wafer_.region_of(at);
  return region.routers().inputs(region.index_of(at), color);
}

std::uint8_t LocalStuckView::bound_queue(core::Coordinate at, core::Color color) const {
  Region& region = wafer_.region_of(at);
  return region.pes().bound_queue(region.index_of(at), color);
}

}  // namespace waferloom::wafer
