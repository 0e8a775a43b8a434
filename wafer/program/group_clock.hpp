// SPDX-License-Identifier: Apache-2.0
// When groups of records begin and end, from when their records do.
//
// A group begins with the first of its records that tiles run: weights are fetched ahead of time. It ends with the
// last that is done. Times are given in ascending order, in the unit that the fidelity counts in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/state/state.hpp"
#include "trace/record.hpp"
#include "wafer/program/groups.hpp"

namespace waferloom::wafer {

template <class Time>
class GroupClock {
 public:
  struct Span {
    Time start = 0;
    Time end = 0;
  };

  /// Both have to outlive this.
  GroupClock(const std::vector<trace::Record>& records, const Grouping& grouping)
      : records_(records),
        grouping_(grouping),
        spans_(grouping.groups.size()),
        started_(grouping.groups.size()),
        open_(grouping.groups.size()) {
    for (const std::uint32_t group : grouping.of_record) ++open_[group];
  }

  /// True: the record's group begins with it.
  bool started(std::uint32_t record, Time time) {
    const std::uint32_t group = grouping_.of_record[record];
    if (records_[record].kind == trace::Kind::stream_in || started_[group]) return false;
    started_[group] = true;
    spans_[group].start = time;
    return true;
  }
  /// True: all of the group's records are done.
  bool done(std::uint32_t record, Time time) {
    const std::uint32_t group = grouping_.of_record[record];
    spans_[group].end = std::max(time, spans_[group].start);
    return --open_[group] == 0;
  }
  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }
  void archive(core::State& state) { state(spans_, started_, open_); }

 private:
  const std::vector<trace::Record>& records_;
  const Grouping& grouping_;
  std::vector<Span> spans_;
  std::vector<bool> started_;
  std::vector<std::uint64_t> open_;  ///< records not done yet
};

}  // namespace waferloom::wafer
