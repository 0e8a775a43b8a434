// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/shared_run.hpp"

#include <algorithm>
#include <exception>

#include "ranks/pack.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

constexpr std::uint64_t kRoundsPerCheck = 4096;

}  // namespace

/// What a rank and those below it in the tree have to say after a round.
struct SharedRun::Report {
  Cycle next = core::kNever;
  std::uint64_t hops = 0;
  bool failed = false;
  bool at_work = false;
  bool stop = false;
};

void SharedRun::note_failure() {
  if (!failure_) failure_ = ranks::failure_of(std::current_exception());
}

void SharedRun::simulate() {
  try {
    sc_core::sc_start(sc_core::sc_time::from_value(cycle_ * wafer_.period().value()) -
                      sc_core::sc_time_stamp());
    wafer_.on_cycle(cycle_);
    while (sc_core::sc_pending_activity_at_current_time()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
    wafer_.rethrow_error();
  } catch (...) {
    note_failure();
  }
}

void SharedRun::add_standing(Report& report) const {
  report.stop = stop_ && stop_();
  if (rounds_ % kRoundsPerCheck != 0) return;
  report.hops = wafer_.hops();
  report.at_work = wafer_.at_work(cycle_);
}

void SharedRun::check(const Report& all) {
  if ((rounds_ % kRoundsPerCheck != 0 && !all.stop) || !check_) return;
  try {
    check_({cycle_, all.hops, all.at_work, all.stop});
  } catch (...) {
    note_failure();
  }
}

bool SharedRun::agree_on_next() {
  Report report;
  report.next = wafer_.next_cycle();
  report.failed = failure_.has_value();
  add_standing(report);
  for (const int child : ranks::children_of(ranks_.rank(), ranks_.size())) {
    const auto below = ranks::Unpacker(ranks_.receive(child)).get<Report>();
    report.next = std::min(report.next, below.next);
    report.hops += below.hops;
    report.failed |= below.failed;
    report.at_work |= below.at_work;
    report.stop |= below.stop;
  }
  if (ranks_.leads()) {
    check(report);
    report.failed |= failure_.has_value();
  }
  ranks::Packer own;
  own.put(report);
  if (!ranks_.leads()) {
    ranks_.send(ranks::parent_of(ranks_.rank()), own.take());
  }
  const ranks::Bytes said = ranks::broadcast(ranks_, own.take());
  const auto verdict = ranks::Unpacker(said).get<Report>();
  cycle_ = verdict.next;
  return !verdict.failed && verdict.next != core::kNever;
}

std::optional<ranks::Failure> SharedRun::run() {
  Border& border = wafer_.border();
  Cycle last = wafer_.now();
  while (agree_on_next()) {
    ++rounds_;
    last = cycle_;
    simulate();
    border.post();
    border.take(wafer_, cycle_);
  }
  cycle_ = last;
  return ranks::first_failure(ranks_, failure_);
}

}  // namespace waferloom::wafer
