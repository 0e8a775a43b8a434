// SPDX-License-Identifier: Apache-2.0
// Counts the wavelets of a wafer's links over time (wafer/program/result/link_samples.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include "core/state/state.hpp"
#include "ranks/ranks.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class LinkSampler {
 public:
  /// `most` samples at the end, and no less than half of them in a run that is long enough; 0: none at all. `first` is
  /// the length of the first ones.
  LinkSampler(Wafer& wafer, core::Rectangle program, std::uint32_t most,
              core::Cycle first = kFirstSampleInterval);

  /// Cycles before `cycle` are complete in all regions.
  void cycles_complete(core::Cycle cycle) {
    while (cycle >= next_) take_next();
  }
  /// The run is over; `cycles` is its length.
  [[nodiscard]] LinkSamples finish(core::Cycle cycles);

  /// What a checkpoint keeps. Before, what ranks have counted apart moves to rank 0; others begin with nothing counted.
  void move_to_leader(ranks::Ranks& ranks);
  void archive(core::State& state);
  /// As it was read on rank 0, on other ranks.
  void forget_counts();

 private:
  void take_next();
  void take(core::Cycle end);
  void merge_pairs();

  Wafer& wafer_;
  std::uint32_t most_;
  LinkSamples result_;
  std::vector<LinkSamples::Sent> before_;  ///< counters at the last sample's end
  core::Cycle interval_;
  core::Cycle next_;
};

/// The run that ranks share is over: on rank 0 the samples of all links. `cycles` counts on rank 0.
[[nodiscard]] LinkSamples gather_samples(ranks::Ranks& ranks, LinkSampler& sampler, core::Cycle cycles);

}  // namespace waferloom::wafer
