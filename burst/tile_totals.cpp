// SPDX-License-Identifier: Apache-2.0
#include "burst/tile_totals.hpp"

namespace waferloom::burst {

ChannelTimes channel_times(const wafer::Hardware&, core::Rectangle, const std::vector<trace::Record>&,
                           const wafer::Grouping& grouping) {
  return {std::vector<double>(grouping.groups.size()), std::vector<double>(grouping.groups.size())};
}

void add_totals(wafer::RunResult&, const wafer::SimulationInput&, const CoarseTrace&, const Engine&) {}

}  // namespace waferloom::burst
