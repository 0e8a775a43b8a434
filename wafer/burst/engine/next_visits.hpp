// SPDX-License-Identifier: Apache-2.0
// Which tile of the grid is to be visited next: the earliest, and of several at one time the one with the lowest
// number, so that no result depends on the order in which visits were asked for.
//
// A tree of the earliest times of each half of the tiles. A tile stands in it once, however often its time is changed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wafer/burst/engine/ticks.hpp"

namespace waferloom::burst {

class NextVisits {
 public:
  explicit NextVisits(std::size_t tiles) {
    while (leaves_ < tiles) leaves_ *= 2;
    earliest_.assign(2 * leaves_, kNever);
  }

  [[nodiscard]] Ticks time() const { return earliest_[1]; }
  [[nodiscard]] Ticks time_of(std::uint32_t tile) const { return earliest_[leaves_ + tile]; }
  /// Of time(), if that is not kNever.
  [[nodiscard]] std::uint32_t tile() const {
    std::size_t node = 1;
    while (node < leaves_) node = 2 * node + (earliest_[2 * node] == earliest_[1] ? 0 : 1);
    return static_cast<std::uint32_t>(node - leaves_);
  }
  void set(std::uint32_t tile, Ticks time) {
    std::size_t node = leaves_ + tile;
    earliest_[node] = time;
    while (node > 1) {
      node /= 2;
      const Ticks earlier = std::min(earliest_[2 * node], earliest_[2 * node + 1]);
      if (earliest_[node] == earlier) return;
      earliest_[node] = earlier;
    }
  }
  void bring_forward(std::uint32_t tile, Ticks time) {
    if (time < time_of(tile)) set(tile, time);
  }

 private:
  std::size_t leaves_ = 1;
  std::vector<Ticks> earliest_;  ///< of what lies below each node; the root is 1
};

}  // namespace waferloom::burst
