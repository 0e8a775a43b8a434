// SPDX-License-Identifier: Apache-2.0
// Runs a rank's share of a wafer in step with the other ranks.
//
// A round is a cycle in which a region of any rank has something to do. In each round
//   1. every rank's kernel comes to the cycle, and its regions that are due run;
//   2. neighbouring ranks post to each other what crosses (border.hpp);
//   3. the ranks agree on the next round along a tree: the earliest cycle for which a region has work or something
//      that was posted arrives. Nothing is posted for a cycle before the next, so that no rank can be late.
// Where there is a host, it is with rank 0, whose kernel goes through what the host does between two rounds by itself.
// What the host does for others makes the ranks agree anew, on an earlier round maybe.
// A rank in which everything sleeps takes part with two short messages a round; cycles in which no rank has work are
// passed in one leap by all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/shared/border.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// How far all ranks together are.
struct Standing {
  core::Cycle cycle = 0;
  std::uint64_t hops = 0;
  std::uint64_t parts_done = 0;  ///< of a trace
  bool at_work = false;          ///< a PE has a step under way that needs nothing but time
  bool stop = false;             ///< somebody wants the run to end
};

class SharedRun {
 public:
  /// What else the ranks tell each other after a round.
  class Guest {
   public:
    virtual ~Guest() = default;
    /// What rank 0 has to know of the last round.
    virtual void report(ranks::Packer& to) = 0;
    /// On rank 0: the same of each rank, by rank; `cycle` is the round's.
    virtual void take_report(int rank, std::span<const std::byte> report, core::Cycle cycle) = 0;
    /// On rank 0: whether something was done that may make a region run earlier than it wanted.
    [[nodiscard]] virtual bool has_orders() = 0;
    /// On rank 0, and on all what rank 0 has given.
    virtual void give_orders(ranks::Packer& to) = 0;
    virtual void obey(ranks::Unpacker& orders) = 0;
    [[nodiscard]] virtual std::uint64_t parts_done() const = 0;
  };

  SharedRun(Wafer& wafer, ranks::Ranks& ranks, Guest* guest = nullptr)
      : wafer_(wafer), ranks_(ranks), guest_(guest) {}

  /// `stop` of this rank; `check` is called on rank 0 every few thousand rounds and may throw.
  void on_progress(std::function<bool()> stop, std::function<void(const Standing&)> check) {
    stop_ = std::move(stop);
    check_ = std::move(check);
  }

  /// Called on all ranks every few hundred rounds, between two of them; may throw.
  void on_exchange(std::function<void()> exchange) { exchange_ = std::move(exchange); }
  /// When `due` says so on rank 0 of a round's cycle (and whether a rank wants the run to end), calls `keep` on all
  /// ranks once that and all that the host does before the next round is done.
  void on_checkpoint(std::function<bool(core::Cycle, bool)> due, std::function<void(core::Cycle)> keep) {
    due_ = std::move(due);
    keep_ = std::move(keep);
  }

  /// Runs until no rank has anything left to do, or one has failed: gives the failure of the first such rank; the
  /// same on all, the message on rank 0 alone.
  [[nodiscard]] std::optional<ranks::Failure> run();

  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }
  [[nodiscard]] core::Cycle last_cycle() const { return cycle_; }

 private:
  struct Report;
  using Reports = std::vector<std::pair<int, ranks::Bytes>>;

  void simulate();
  void note_failure();
  /// False: the run is over.
  [[nodiscard]] bool agree_on_next();
  /// On rank 0: of all ranks. What guests report is appended.
  [[nodiscard]] Report gather(Reports& reports);
  /// On rank 0: what the guest does with reports, and what happens before `next` on this rank alone.
  void lead(Reports& reports, Report& all);
  [[nodiscard]] bool work_until(core::Cycle& next);
  void obey(ranks::Unpacker& orders);
  void exchange();
  void keep(core::Cycle cycle);
  void add_standing(Report& report) const;
  void check(const Report& all);

  Wafer& wafer_;
  ranks::Ranks& ranks_;
  Guest* guest_;
  std::function<bool()> stop_;
  std::function<void(const Standing&)> check_;
  std::function<void()> exchange_;
  std::function<bool(core::Cycle, bool)> due_;
  std::function<void(core::Cycle)> keep_;
  bool keeps_ = false;  ///< before the next round
  core::Cycle cycle_ = 0;
  std::uint64_t rounds_ = 0;
  std::optional<ranks::Failure> failure_;
};

}  // namespace waferloom::wafer
