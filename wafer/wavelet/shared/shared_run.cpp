// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/shared_run.hpp"

#include <algorithm>
#include <exception>

namespace waferloom::wafer {

using core::Cycle;

namespace {

constexpr std::uint64_t kRoundsPerCheck = 4096;
constexpr std::uint64_t kRoundsPerExchange = 512;

}  // namespace

/// What a rank and those below it in the tree have to say after a round.
struct SharedRun::Report {
  Cycle next = core::kNever;
  std::uint64_t hops = 0;
  std::uint64_t parts_done = 0;
  bool failed = false;
  bool at_work = false;
  bool stop = false;
  bool again = false;  ///< of rank 0: there are orders that may bring `next` forward
  bool keep = false;   ///< of rank 0: a checkpoint is due
};

void SharedRun::note_failure() {
  if (!failure_) failure_ = core::failure_of(std::current_exception());
}

void SharedRun::simulate() {
  try {
    sc_core::sc_start(sc_core::sc_time::from_value(cycle_ * wafer_.period().value()) -
                      sc_core::sc_time_stamp());
    wafer_.on_cycle(cycle_);
    // The regions, and what the host does in this very moment. What comes of it for the host waits for the other ranks.
    if (sc_core::sc_pending_activity_at_current_time()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
    wafer_.rethrow_error();
  } catch (...) {
    note_failure();
  }
}

void SharedRun::add_standing(Report& report) const {
  report.stop = stop_ && stop_();
  if (rounds_ % kRoundsPerCheck != 0) return;
  report.hops = wafer_.hops();
  if (guest_ != nullptr) report.parts_done = guest_->parts_done();
  report.at_work = wafer_.at_work(cycle_);
}

void SharedRun::check(const Report& all) {
  if ((rounds_ % kRoundsPerCheck != 0 && !all.stop) || !check_) return;
  try {
    check_({cycle_, all.hops, all.parts_done, all.at_work, all.stop});
  } catch (...) {
    note_failure();
  }
}

SharedRun::Report SharedRun::gather(Reports& reports) {
  Report report;
  report.next = wafer_.next_cycle();
  report.failed = failure_.has_value();
  add_standing(report);
  if (guest_ != nullptr) {
    ranks::Packer own;
    guest_->report(own);
    reports.emplace_back(ranks_.rank(), own.take());
  }
  for (const int child : ranks::children_of(ranks_.rank(), ranks_.size())) {
    const ranks::Bytes message = ranks_.receive(child);
    ranks::Unpacker from(message);
    const auto below = from.get<Report>();
    report.next = std::min(report.next, below.next);
    report.hops += below.hops;
    report.parts_done += below.parts_done;
    report.failed |= below.failed;
    report.at_work |= below.at_work;
    report.stop |= below.stop;
    while (!from.empty()) {
      const int rank = from.get<int>();
      reports.emplace_back(rank, from.get_all<std::byte>());
    }
  }
  return report;
}

bool SharedRun::work_until(Cycle& next) {
  wafer_.settle();
  for (;;) {
    next = std::min(next, wafer_.next_cycle());
    if (guest_->has_orders()) return true;
    const sc_core::sc_time& now = sc_core::sc_time_stamp();
    const sc_core::sc_time ahead = sc_core::sc_time_to_pending_activity();
    const bool is_none = ahead >= sc_core::sc_max_time() - now;
    if (is_none || (next != core::kNever && (now + ahead).value() >= next * wafer_.period().value()))
      return false;
    sc_core::sc_start(ahead);
    wafer_.settle();
  }
}

void SharedRun::lead(Reports& reports, Report& all) {
  try {
    std::sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [rank, report] : reports) guest_->take_report(rank, report, cycle_);
    all.again = work_until(all.next);
  } catch (...) {
    note_failure();
  }
}

bool SharedRun::agree_on_next() {
  const Cycle round = cycle_;
  Report verdict;
  do {
    cycle_ = round;
    Reports reports;
    Report report = gather(reports);
    ranks::Packer own;
    if (ranks_.leads()) {
      check(report);
      if (guest_ != nullptr && !report.failed && !failure_) lead(reports, report);
      report.failed |= failure_.has_value();
      report.keep = due_ && due_(round, report.stop);
      own.put(report);
      if (guest_ != nullptr) guest_->give_orders(own);
    } else {
      own.put(report);
      for (const auto& [rank, bytes] : reports) {
        own.put(rank);
        own.put_all(bytes);
      }
      ranks_.send(ranks::parent_of(ranks_.rank()), own.take());
    }
    const ranks::Bytes said = ranks::broadcast(ranks_, own.take());
    ranks::Unpacker orders(said);
    verdict = orders.get<Report>();
    cycle_ = verdict.next;
    if (guest_ != nullptr) obey(orders);
  } while (verdict.again && !verdict.failed);
  keeps_ = verdict.keep;
  return !verdict.failed && verdict.next != core::kNever;
}

void SharedRun::obey(ranks::Unpacker& orders) {
  try {
    guest_->obey(orders);
  } catch (...) {
    note_failure();
  }
}

void SharedRun::exchange() {
  if (!exchange_ || rounds_ % kRoundsPerExchange != 0) return;
  try {
    exchange_();
  } catch (...) {
    note_failure();
  }
}

void SharedRun::keep(Cycle cycle) {
  try {
    keep_(cycle);
  } catch (...) {
    note_failure();
  }
}

std::optional<ranks::Failure> SharedRun::run() {
  Border& border = wafer_.border();
  Cycle last = wafer_.now();
  while (agree_on_next()) {
    if (keeps_) keep(last);
    ++rounds_;
    exchange();
    last = cycle_;
    simulate();
    border.post();
    border.take(wafer_, cycle_);
  }
  cycle_ = last;
  return ranks::first_failure(ranks_, failure_);
}

}  // namespace waferloom::wafer
