// SPDX-License-Identifier: Apache-2.0
// Watches a run: when each group of records begins and ends, and how busy links, channels and PEs were
// meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "wafer/program/group_clock.hpp"
#include "wafer/program/result/group_result.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class GroupMonitor {
 public:
  /// A reading of the counters at a group's begin or end.
  struct Due {
    core::Cycle cycle = 0;
    std::uint32_t group = 0;
    bool end = false;
  };
  /// What a group did on the tiles and channels that are watched: the most over one link or channel, or sums.
  struct Counts {
    std::uint64_t row_link = 0;
    std::uint64_t column_link = 0;
    std::uint64_t input = 0;
    std::uint64_t output = 0;
    std::array<std::uint64_t, pe::kWorks> busy{};
    std::uint64_t busy_cycles = 0;
    bool measured = false;

    void add(const Counts& other);
  };

  GroupMonitor(Wafer& wafer, core::Rectangle program, const std::vector<trace::Record>& records,
               const Grouping& grouping);

  void record_started(std::uint32_t record, core::Cycle cycle);
  void record_done(std::uint32_t record, core::Cycle cycle);
  /// Cycles before `cycle` are complete in all regions: counters are read now that were due in them. Within a
  /// cycle their values would depend on the order in which the regions run.
  void cycles_complete(core::Cycle cycle) {
    if (!due_.empty() && due_.front().cycle < cycle) read_due(cycle);
  }
  /// Where several ranks watch a part each: readings to take, as rank 0 has found them, and those found since the call
  /// before.
  void add_due(const Due& due) { due_.push_back(due); }
  [[nodiscard]] std::vector<Due> take_found() { return std::exchange(found_, {}); }

  /// What a checkpoint keeps (wafer/wavelet/checkpoint/monitor_archive.cpp): of the run; of a tile; of an I/O channel.
  /// Before, what ranks have counted apart moves to rank 0, where there are several.
  void move_to_leader(ranks::Ranks& ranks);
  void archive(core::State& state);
  /// As it was read on rank 0, on other ranks.
  void forget_counts();
  void archive_tile(core::State& state, core::Coordinate at);
  void archive_channel(core::State& state, std::uint32_t channel, bool in);

  /// At the end: by group, and what it makes of them.
  [[nodiscard]] std::vector<Counts> counts() const;
  [[nodiscard]] std::vector<GroupResult> results(const std::vector<Counts>& counts) const;

 private:
  /// Counters at one moment.
  struct Snapshot {
    std::vector<std::uint64_t> links;   ///< per tile of the program and neighbour
    std::vector<std::uint64_t> inputs;  ///< per channel
    std::vector<std::uint64_t> outputs;
    std::array<std::uint64_t, pe::kWorks> busy{};
    bool taken = false;
  };

  /// Of all that happened before `cycle`.
  [[nodiscard]] Snapshot snapshot(core::Cycle cycle) const;
  void note(const Due& due);
  /// Gives the number of a snapshot's links.
  std::size_t find_places();
  void read_due(core::Cycle cycle);
  [[nodiscard]] static Counts difference(const Snapshot& begin, const Snapshot& end);
  void evaluate(GroupResult& result, const Counts& counts) const;

  Wafer& wafer_;
  core::Rectangle program_;
  const Grouping& grouping_;
  GroupClock<core::Cycle> clock_;
  std::vector<Snapshot> begins_;  ///< of the groups under way
  std::vector<Due> due_;          ///< by cycle
  std::vector<Due> found_;        ///< the same, of a wafer shared by ranks
  std::vector<Counts> counts_;    ///< by group, but for busy_cycles
  std::vector<GroupResult> results_;
  std::vector<std::size_t>
      places_;  ///< by tile of the program: in the links of a snapshot; empty: not needed yet
};

}  // namespace waferloom::wafer
