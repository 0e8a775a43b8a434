// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/record_result.hpp"

#include <algorithm>

namespace waferloom::wafer {

RecordLog::RecordLog(const std::vector<trace::Record>& records,
                     std::function<void(const RecordResult&)> on_record)
    : records_(records), on_record_(std::move(on_record)), times_(records.size()) {}

void RecordLog::done(std::uint32_t record, core::Cycle cycle) {
  times_[record].end = cycle;
  times_[record].done = true;
  if (!on_record_) return;
  if (!untold_.empty() && times_[untold_.front()].end != cycle) tell();
  untold_.push_back(record);
}

void RecordLog::tell() {
  std::sort(untold_.begin(), untold_.end());
  for (const std::uint32_t record : untold_) on_record_(result(record));
  untold_.clear();
}

std::vector<RecordResult> RecordLog::results() {
  if (on_record_) tell();
  std::vector<RecordResult> all;
  for (std::uint32_t i = 0; i < times_.size(); ++i) {
    if (times_[i].done) all.push_back(result(i));
  }
  return all;
}

void RecordLog::archive(core::State& state) {
  state(times_, untold_);
  if (!state.loads() || !on_record_) return;
  std::vector<std::uint32_t> told;
  for (std::uint32_t i = 0; i < times_.size(); ++i) {
    if (times_[i].done && std::find(untold_.begin(), untold_.end(), i) == untold_.end()) told.push_back(i);
  }
  std::stable_sort(told.begin(), told.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return times_[a].end < times_[b].end; });
  for (const std::uint32_t record : told) on_record_(result(record));
}

RecordResult RecordLog::result(std::uint32_t record) const {
  const trace::Record& of = records_[record];
  const Times& times = times_[record];
  // One that has no part never begins, and is done at once.
  RecordResult result{
      of.id,     of.name, of.layer, of.phase, of.operation, of.kind, std::min(times.start, times.end),
      times.end, {}};
  for (const trace::Dependency& dependency : of.after) result.waits_for.push_back(dependency.record);
  if (of.consumes != trace::kNoRecord) result.waits_for.push_back(of.consumes);
  std::sort(result.waits_for.begin(), result.waits_for.end());
  result.waits_for.erase(std::unique(result.waits_for.begin(), result.waits_for.end()),
                         result.waits_for.end());
  return result;
}

}  // namespace waferloom::wafer
