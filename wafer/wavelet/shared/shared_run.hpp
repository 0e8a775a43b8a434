// SPDX-License-Identifier: Apache-2.0
// Runs a rank's share of a wafer in step with the other ranks.
//
// A round is a cycle in which a region of any rank has something to do. In each round
//   1. every rank's kernel comes to the cycle, and its regions that are due run;
//   2. neighbouring ranks post to each other what crosses (border.hpp);
//   3. the ranks agree on the next round along a tree: the earliest cycle for which a region has work or something
//      that was posted arrives. Nothing is posted for a cycle before the next, so that no rank can be late.
// A rank in which everything sleeps takes part with two short messages a round; cycles in which no rank has work are
// passed in one leap by all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "ranks/together.hpp"
#include "wafer/wavelet/shared/border.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// How far all ranks together are.
struct Standing {
  core::Cycle cycle = 0;
  std::uint64_t hops = 0;
  bool at_work = false;  ///< a PE has a step under way that needs nothing but time
  bool stop = false;     ///< somebody wants the run to end
};

class SharedRun {
 public:
  SharedRun(Wafer& wafer, ranks::Ranks& ranks) : wafer_(wafer), ranks_(ranks) {}

  /// `stop` of this rank; `check` is called on rank 0 every few thousand rounds and may throw.
  void on_progress(std::function<bool()> stop, std::function<void(const Standing&)> check) {
    stop_ = std::move(stop);
    check_ = std::move(check);
  }

  /// Runs until no rank has anything left to do, or one has failed: gives the failure of the first such rank; the
  /// same on all, the message on rank 0 alone.
  [[nodiscard]] std::optional<ranks::Failure> run();

  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }
  [[nodiscard]] core::Cycle last_cycle() const { return cycle_; }

 private:
  struct Report;

  void simulate();
  void note_failure();
  /// False: the run is over.
  [[nodiscard]] bool agree_on_next();
  void add_standing(Report& report) const;
  void check(const Report& all);

  Wafer& wafer_;
  ranks::Ranks& ranks_;
  std::function<bool()> stop_;
  std::function<void(const Standing&)> check_;
  core::Cycle cycle_ = 0;
  std::uint64_t rounds_ = 0;
  std::optional<ranks::Failure> failure_;
};

}  // namespace waferloom::wafer
