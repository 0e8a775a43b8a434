// SPDX-License-Identifier: Apache-2.0
// Which tile of the grid is to be visited next: the earliest, and of several at one time the one with the lowest
// number, so that no result depends on the order in which visits were asked for.
//
// A tree of the earliest times of eight tiles, of eight times as many, and so on. A tile stands in it once, however often
// its time is changed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wafer/burst/engine/ticks.hpp"

namespace waferloom::burst {

class NextVisits {
 public:
  explicit NextVisits(std::size_t tiles) {
    for (std::size_t places = 1; places < tiles; places *= kBranches) leaves_ = children(leaves_);
    earliest_.assign(children(leaves_), kNever);
  }

  [[nodiscard]] Ticks time() const { return earliest_[kRoot]; }
  [[nodiscard]] Ticks time_of(std::uint32_t tile) const { return earliest_[leaves_ + tile]; }
  /// Of time(), if that is not kNever.
  [[nodiscard]] std::uint32_t tile() const {
    std::size_t node = kRoot;
    while (node < leaves_) node = children(node) + first_at(&earliest_[children(node)], earliest_[kRoot]);
    return static_cast<std::uint32_t>(node - leaves_);
  }
  void set(std::uint32_t tile, Ticks time) {
    std::size_t node = leaves_ + tile;
    earliest_[node] = time;
    while (node != kRoot) {
      node = parent(node);
      const Ticks earlier = least(&earliest_[children(node)]);
      if (earliest_[node] == earlier) return;
      earliest_[node] = earlier;
    }
  }
  void bring_forward(std::uint32_t tile, Ticks time) {
    for (std::size_t node = leaves_ + tile; time < earliest_[node]; node = parent(node)) {
      earliest_[node] = time;
      if (node == kRoot) return;
    }
  }

 private:
  static constexpr std::size_t kBranches = 8;
  /// The children of a node follow each other, those of the root from the place after it on.
  static constexpr std::size_t kRoot = kBranches - 1;
  static std::size_t children(std::size_t node) { return kBranches * (node - kRoot + 1); }
  static std::size_t parent(std::size_t node) { return node / kBranches + kRoot - 1; }

  static Ticks least(const Ticks* of) {
    return std::min(std::min(std::min(of[0], of[1]), std::min(of[2], of[3])),
                    std::min(std::min(of[4], of[5]), std::min(of[6], of[7])));
  }
  /// The first that is `time`. Without branches, as which one it is cannot be guessed.
  static std::size_t first_at(const Ticks* of, Ticks time) {
    std::uint32_t equal = 0;
    for (std::size_t i = 0; i < kBranches; ++i) equal |= (of[i] == time ? 1U : 0U) << i;
    return static_cast<std::size_t>(std::countr_zero(equal));
  }

  std::size_t leaves_ = kRoot;   ///< place of the first
  std::vector<Ticks> earliest_;  ///< of what lies below each node
};

}  // namespace waferloom::burst
