// SPDX-License-Identifier: Apache-2.0
// Lists of what is due in each of the cycles to come, up to so many ahead. The memory of a list that is worked off goes to
// the next one that is begun: it is still in the caches, which a list of their own for each cycle would not be.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/wavelet.hpp"

namespace waferloom::core {

template <class T, std::size_t kCycles>
class CycleLists {
 public:
  /// True: it is the cycle's first.
  bool add(Cycle cycle, const T& each) {
    std::vector<T>& list = lists_[cycle % kCycles];
    if (!list.empty()) {
      list.push_back(each);
      return false;
    }
    if (!spare_.empty()) {
      list = std::move(spare_.back());
      spare_.pop_back();
    }
    list.push_back(each);
    return true;
  }
  /// Stays where it is while others are added to.
  [[nodiscard]] const std::vector<T>& of(Cycle cycle) const { return lists_[cycle % kCycles]; }
  [[nodiscard]] std::vector<T>& of(Cycle cycle) { return lists_[cycle % kCycles]; }
  void clear(Cycle cycle) {
    std::vector<T>& list = lists_[cycle % kCycles];
    if (list.empty()) return;
    list.clear();
    spare_.push_back(std::exchange(list, {}));
  }

 private:
  std::array<std::vector<T>, kCycles> lists_;
  std::vector<std::vector<T>> spare_;  ///< memory of those that are empty
};

}  // namespace waferloom::core
