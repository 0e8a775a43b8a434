// SPDX-License-Identifier: Apache-2.0
// Watches a run: when each group of records begins and ends, and how busy links, channels and PEs were
// meanwhile.
#pragma once

#include <cstdint>
#include <vector>

#include "wafer/program/group_clock.hpp"
#include "wafer/program/result/group_result.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class GroupMonitor {
 public:
  GroupMonitor(Wafer& wafer, core::Rectangle program, const std::vector<trace::Record>& records,
               const Grouping& grouping);

  void record_started(std::uint32_t record, core::Cycle cycle);
  void record_done(std::uint32_t record, core::Cycle cycle);
  /// Cycles before `cycle` are complete in all regions: counters are read now that were due in them. Within a
  /// cycle their values would depend on the order in which the regions run.
  void cycles_complete(core::Cycle cycle) {
    if (!due_.empty() && due_.front().cycle < cycle) read_due(cycle);
  }
  /// At the end.
  [[nodiscard]] std::vector<GroupResult> results() const;

 private:
  /// Counters at one moment.
  struct Snapshot {
    std::vector<std::uint64_t> links;   ///< per tile of the program and neighbour
    std::vector<std::uint64_t> inputs;  ///< per channel
    std::vector<std::uint64_t> outputs;
    std::array<std::uint64_t, pe::kWorks> busy{};
  };

  /// Of all that happened before `cycle`.
  [[nodiscard]] Snapshot snapshot(core::Cycle cycle) const;
  /// A reading of the counters at a group's begin or end.
  struct Due {
    core::Cycle cycle = 0;
    std::uint32_t group = 0;
    bool end = false;
  };
  void read_due(core::Cycle cycle);
  void evaluate(GroupResult& result, const Snapshot& begin, const Snapshot& end) const;

  Wafer& wafer_;
  core::Rectangle program_;
  const Grouping& grouping_;
  GroupClock<core::Cycle> clock_;
  std::vector<Snapshot> begins_;  ///< of the groups under way
  std::vector<Due> due_;          ///< by cycle
  std::vector<GroupResult> results_;
};

}  // namespace waferloom::wafer
