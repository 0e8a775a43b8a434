// SPDX-License-Identifier: Apache-2.0
// When a record of the trace ran, with what a timeline needs of the record itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "trace/record.hpp"

namespace waferloom::wafer {

struct RecordResult {
  std::uint32_t record = 0;  ///< id
  std::string name;
  std::uint32_t layer = trace::kNoLayer;
  trace::Phase phase = trace::Phase::forward;
  std::string operation;
  trace::Kind kind = trace::Kind::compute;
  core::Cycle start = 0;                 ///< of its first part on some tile, or at the host
  core::Cycle end = 0;                   ///< of its last part
  std::vector<std::uint32_t> waits_for;  ///< records, ascending
};

/// Notes when records begin and end, and reports each that is done: those of a cycle by id, once a later one is done.
class RecordLog {
 public:
  RecordLog(const std::vector<trace::Record>& records, std::function<void(const RecordResult&)> on_record);

  void started(std::uint32_t record, core::Cycle cycle) { times_[record].start = cycle; }
  void done(std::uint32_t record, core::Cycle cycle);
  /// Tells what is left to tell. Of the records that are done, by id.
  [[nodiscard]] std::vector<RecordResult> results();

  /// Where a checkpoint is read, reports again what was reported, in the same order.
  void archive(core::State& state);
  /// When each record began and ended, by id.
  struct Times {
    core::Cycle start = core::kNever;
    core::Cycle end = 0;
    bool done = false;
  };
  [[nodiscard]] const std::vector<Times>& times() const { return times_; }

 private:
  [[nodiscard]] RecordResult result(std::uint32_t record) const;
  void tell();

  const std::vector<trace::Record>& records_;
  std::function<void(const RecordResult&)> on_record_;
  std::vector<Times> times_;
  std::vector<std::uint32_t> untold_;  ///< done in one cycle
};

}  // namespace waferloom::wafer
