// SPDX-License-Identifier: Apache-2.0
// A run over time, as a tree of tracks: per layer its phases, per phase its operations, per operation its
// records; the host's part of streams and optimizer; counters of utilization. results/perfetto and
// results/chrome_trace write it in the formats of viewers.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "results/levels.hpp"
#include "wafer/record_result.hpp"
#include "wafer/simulation.hpp"

namespace waferloom::results {

struct Timeline {
  static constexpr std::uint32_t kNoTrack = std::numeric_limits<std::uint32_t>::max();
  /// Slices of a track do not overlap. Those of several tracks with one name and parent belong together.
  struct Track {
    std::string name;
    std::uint32_t parent = kNoTrack;
    bool counter = false;
  };
  struct Slice {
    std::uint32_t track = 0;
    core::Cycle start = 0;
    core::Cycle end = 0;
    std::string name;
    std::uint32_t record = trace::kNoRecord;  ///< id, where the slice is a record
    std::string kind;                         ///< of the record
    std::vector<std::uint64_t> flows_in;      ///< from what it waited for
    std::vector<std::uint64_t> flows_out;
  };
  struct Value {
    std::uint32_t track = 0;
    core::Cycle at = 0;
    double value = 0;
  };

  std::string title;
  double clock_hz = 1;
  std::vector<Track> tracks;  ///< a parent before its children
  std::vector<Slice> slices;  ///< by start, the longer first
  std::vector<Value> values;  ///< by time

  [[nodiscard]] double nanoseconds(core::Cycle cycle) const {
    return static_cast<double>(cycle) / clock_hz * 1e9;
  }
};

/// Records need not be complete (of an interrupted run); groups and samples of links may be missing.
/// Without records (of folded layers) the groups take their place.
[[nodiscard]] Timeline make_timeline(const std::string& title, double clock_hz,
                                     const std::vector<wafer::RecordResult>& records,
                                     const std::vector<wafer::GroupResult>& groups,
                                     const std::vector<wafer::LinkTotals>& links,
                                     const std::vector<Levels>& levels);

}  // namespace waferloom::results
