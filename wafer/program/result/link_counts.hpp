// SPDX-License-Identifier: Apache-2.0
// What a trace puts on each link, counted without simulating: routes are fixed, so that a record's wavelets
// cross the same links at any fidelity. A test compares the counts with those of a simulated wafer.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/tile_result.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

struct LinkCounts {
  std::vector<TileResult> tiles;  ///< of the whole fabric, row by row: links and wavelets alone
  std::uint64_t injected = 0;     ///< by all PEs
  std::uint64_t delivered = 0;    ///< to all PEs
  std::uint64_t words_in = 0;     ///< from the host
  std::uint64_t words_out = 0;    ///< to the host
  std::uint64_t hops = 0;         ///< over links between tiles and to I/O
  std::vector<std::uint64_t> hops_of_group;
};

[[nodiscard]] LinkCounts count_links(const Hardware& hardware, core::Rectangle program,
                                     const std::vector<trace::Record>& records, const Grouping& grouping);

/// The same without the tiles, whose state takes longer to fill than all else.
[[nodiscard]] LinkCounts sum_links(const Hardware& hardware, core::Rectangle program,
                                   const std::vector<trace::Record>& records, const Grouping& grouping);

/// When a record was under way.
struct Span {
  core::Cycle start = 0;
  core::Cycle end = 0;
};

/// The same over time, in samples as those of wafer/program/result/link_samples.hpp: each record's wavelets at one rate over its time.
/// `spans`: by record; `cycles`: of the run.
[[nodiscard]] LinkSamples spread_links(const Hardware& hardware, core::Rectangle program,
                                       const std::vector<trace::Record>& records,
                                       const std::vector<Span>& spans, core::Cycle cycles,
                                       std::uint32_t most);

}  // namespace waferloom::wafer
