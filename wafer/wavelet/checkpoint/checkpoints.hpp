// SPDX-License-Identifier: Apache-2.0
// The checkpoints of a run on a wafer: what is kept of the wafer, of I/O channels and of what the run itself remembers.
//
// A checkpoint is made between two cycles, when all that happens up to a time has happened on all ranks. State goes by
// tiles and channels, sums are moved to rank 0 first, so that a run can go on with other regions and on other ranks. A
// program's routes, steps and bindings are not kept: they are laid anew, before the rest is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "checkpoint/keeper.hpp"
#include "core/state/state.hpp"
#include "ranks/partition.hpp"
#include "wafer/wavelet/shared/shared_run.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// What a run remembers beside its wafer.
class RunState {
 public:
  virtual ~RunState() = default;
  /// On all ranks: what each has counted apart goes to rank 0.
  virtual void move_to_leader(ranks::Ranks& ranks) = 0;
  /// Of the whole run: written by rank 0, read by all, before the rest. Throws core::InputError for what cannot be kept.
  virtual void archive(core::State& state) = 0;
  virtual void archive_tile(core::State& state, core::Coordinate at) = 0;
  virtual void archive_channel(core::State& state, std::uint32_t channel, bool in) = 0;
};

class Checkpoints {
 public:
  /// `keeper`: none: there are none.
  Checkpoints(Wafer& wafer, checkpoint::Keeper* keeper, const ranks::Share* share, RunState& run)
      : wafer_(wafer), keeper_(keeper), share_(share), run_(run) {}

  /// After elaboration, before programs are loaded: goes to the time of the checkpoint from which the run goes on.
  void begin();
  /// Once programs are loaded: refuses what cannot be kept, and reads what was.
  void take_up();
  /// Whether they are made while the run goes on. Then a run that is to stop ends with its last checkpoint.
  [[nodiscard]] bool written() const { return keeper_ != nullptr && keeper_->writes(); }
  /// Makes them while the run goes on, and the last one where `stop` is set, which has to outlive the run.
  void watch(Wafer& wafer, const std::atomic<bool>& stop);
  void watch(SharedRun& run);

 private:
  void keep(core::Cycle cycle);
  [[nodiscard]] std::vector<std::byte> books(const sc_core::sc_time& time);
  [[nodiscard]] std::vector<std::byte> channels();
  [[nodiscard]] std::vector<std::byte> tiles(Region& region, core::Cycle now);
  void read_channels(std::span<const std::byte> bytes);
  void read_tiles(const core::Rectangle& area, std::span<const std::byte> bytes, core::Cycle now);
  [[nodiscard]] bool resumes() const { return keeper_ != nullptr && keeper_->resumes(); }
  [[nodiscard]] bool leads() const { return share_ == nullptr || share_->ranks.leads(); }

  Wafer& wafer_;
  checkpoint::Keeper* keeper_;
  const ranks::Share* share_;
  RunState& run_;
};

}  // namespace waferloom::wafer
