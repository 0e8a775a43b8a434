// SPDX-License-Identifier: Apache-2.0
// A run over time, as a tree of tracks: per layer its phases, per phase its operations, per operation its
// records; the host's part of streams and optimizer; what each I/O channel carries; the states of chosen tiles;
// counters of utilization. results/timeline/perfetto and results/timeline/chrome_trace write it in the formats of viewers.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "results/timeline/levels.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/program/result/record_result.hpp"
#include "wafer/program/result/run_result.hpp"

namespace waferloom::results {

struct Timeline {
  static constexpr std::uint32_t kNoTrack = std::numeric_limits<std::uint32_t>::max();
  /// Slices of a track do not overlap. Those of several tracks with one name and parent belong together.
  struct Track {
    std::string name;
    std::uint32_t parent = kNoTrack;
    bool counter = false;
  };
  struct Details {
    std::string name;
    std::uint32_t record = trace::kNoRecord;  ///< id, where the slice is a record
    std::string kind;                         ///< of the record
    /// What else is known of it.
    std::vector<std::pair<std::string, std::variant<std::uint64_t, double, std::string>>> arguments;
    std::vector<std::uint64_t> flows_in;  ///< from what it waited for
    std::vector<std::uint64_t> flows_out;
  };
  /// Of tiles' states there are millions, many with the same details.
  struct Slice {
    std::uint32_t track = 0;
    core::Cycle start = 0;
    core::Cycle end = 0;
    std::shared_ptr<const Details> details;
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

/// What a timeline is made of. Records need not be complete (of an interrupted run), and all but them may be missing.
/// Without records (of folded layers) the groups take their place.
struct TimelineInput {
  std::string title;
  double clock_hz = 1;
  double channel_words_per_cycle = 1;   ///< that an I/O channel can carry each way
  std::uint32_t channels_of_wafer = 0;  ///< per direction
  std::span<const wafer::RecordResult> records;
  std::span<const wafer::GroupResult> groups;
  std::span<const wafer::LinkTotals> links;
  std::span<const Levels> levels;
  std::span<const wafer::ChannelTraffic> channels;
  std::span<const wafer::TileState> tile_states;
  std::span<const std::string> tasks{};  ///< of a kernel, which has no groups: what tile states belong to
  double link_cycles = 1;                ///< for which a wavelet takes up a link
};
[[nodiscard]] Timeline make_timeline(const TimelineInput& input);

/// Words per cycle and direction of an I/O channel.
[[nodiscard]] double channel_rate(const fabric::FabricParameters& fabric, const fabric::IoParameters& io,
                                  double clock_hz);

}  // namespace waferloom::results
