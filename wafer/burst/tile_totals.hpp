// SPDX-License-Identifier: Apache-2.0
// What every tile, link and channel of the wafer carried, counted from the trace: exact, as each record says
// what crosses which link, while time comes from the simulation.
#pragma once

#include <vector>

#include "wafer/burst/engine/drains.hpp"
#include "wafer/burst/engine/feeds.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/program/result/run_result.hpp"

namespace waferloom::burst {

/// Cycles that the busiest channel needs, and weights over the busiest column, by group of records.
struct ChannelTimes {
  std::vector<double> in;
  std::vector<double> out;
  std::vector<double> columns;
};

[[nodiscard]] ChannelTimes channel_times(const wafer::Hardware& hardware, core::Rectangle program,
                                         const std::vector<trace::Record>& records,
                                         const wafer::Grouping& grouping);

/// When each channel carried what, in the order of the trace: while columns that it serves carry it on the grid.
[[nodiscard]] std::vector<wafer::ChannelTraffic> channel_traffic(const wafer::Hardware& hardware,
                                                                 core::Rectangle program,
                                                                 const std::vector<trace::Record>& records,
                                                                 const Feeds& feeds, const Drains& drains,
                                                                 const CoarseTrace& coarse);

/// Fills in the totals of wavelets and words and, if they are wanted, the tiles' results.
void add_totals(wafer::RunResult& result, const wafer::Hardware& hardware, core::Rectangle program,
                const std::vector<trace::Record>& records, const wafer::Grouping& grouping,
                const GridUse& grid, bool with_tiles);

/// The links over time: each record's wavelets at one rate over the time that its tiles took.
[[nodiscard]] wafer::LinkSamples sample_links(const wafer::RunResult& result, const wafer::Hardware& hardware,
                                              core::Rectangle program,
                                              const std::vector<trace::Record>& records, std::uint32_t most);

}  // namespace waferloom::burst
