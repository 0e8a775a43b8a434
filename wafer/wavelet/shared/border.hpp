// SPDX-License-Identifier: Apache-2.0
// What crosses from the regions of one rank to those of others: wavelets and credits, gathered over a cycle and posted
// in one message for each neighbouring rank.
//
// Timing contract: that of Region's inbox. What is sent in a cycle acts in the next one at the earliest, and at most
// 128 cycles later.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/edge.hpp"
#include "ranks/partition.hpp"

namespace waferloom::wafer {

class Wafer;

/// A wavelet or a credit on its way to a region of another rank.
struct BorderPost {
  std::uint32_t region;
  std::uint32_t tile;
  std::uint32_t data;
  core::Direction port;
  core::Color color;
  std::uint8_t flags;
  std::uint8_t cycle;  ///< the low bits of that in which it arrives, or the credit can be used
};

class Border {
 public:
  /// `depth`: of the queues beyond.
  Border(const core::RegionGrid& grid, const ranks::Share& share, std::uint32_t depth);
  ~Border();

  /// Stands in for a region of another rank.
  [[nodiscard]] fabric::EdgeLink& beyond(std::size_t region);

  /// Sends to each neighbour what goes there; they do the same.
  void post();
  /// Takes what the neighbours have posted after `now` into the wafer's regions.
  void take(Wafer& wafer, core::Cycle now);

  [[nodiscard]] std::uint64_t posted() const { return posted_; }

 private:
  class Beyond;

  ranks::Ranks& ranks_;
  std::vector<int> neighbours_;
  std::vector<std::vector<BorderPost>> outboxes_;  ///< by rank
  std::vector<std::unique_ptr<Beyond>> beyond_;    ///< by region; none: it is not beyond an edge
  std::uint64_t posted_ = 0;
};

}  // namespace waferloom::wafer
