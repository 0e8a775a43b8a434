// SPDX-License-Identifier: Apache-2.0
// What is due at each router in the cycles to come: one record per router and cycle, to which senders add.
// Adding costs no allocation and no branch; routers are then visited in their order,
// so that neighbours are found in the cache.
//
// `Due` is a small plain type whose default value says that nothing is due.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/wavelet.hpp"

namespace waferloom::noc {

template <class Due>
class DueWheel {
 public:
  /// What is due in one cycle.
  class Row {
   public:
    Row() = default;
    /// To add to what is due at a router; it will be visited.
    [[nodiscard]] Due& at(std::uint32_t router) const {
      visit(router);
      return due_[router];
    }
    void visit(std::uint32_t router) const { visited_[router] = 1; }
    [[nodiscard]] const Due& peek(std::uint32_t router) const { return due_[router]; }
    [[nodiscard]] bool is_visited(std::uint32_t router) const { return visited_[router] != 0; }
    /// What is due at a router; forgets it.
    [[nodiscard]] Due take(std::uint32_t router) const { return std::exchange(due_[router], Due{}); }

   private:
    friend class DueWheel;
    Row(Due* due, std::uint8_t* visited) : due_(due), visited_(visited) {}
    Due* due_ = nullptr;
    std::uint8_t* visited_ = nullptr;
  };

  /// For what comes at most `furthest` cycles after the present one.
  DueWheel(std::size_t routers, core::Cycle furthest)
      : routers_((routers + kWord - 1) / kWord * kWord),
        // One more, for regions that have not run yet in a cycle in which their neighbours have.
        cycles_(std::bit_ceil(furthest + 2)),
        due_(cycles_ * routers_),
        visited_(cycles_ * routers_) {}

  void clear() {
    std::fill(due_.begin(), due_.end(), Due{});
    std::fill(visited_.begin(), visited_.end(), 0);
  }

  /// The row of the present cycle or one to come; stays valid.
  [[nodiscard]] Row row(core::Cycle cycle) {
    const std::size_t slot = cycle & (cycles_ - 1);
    return {&due_[slot * routers_], &visited_[slot * routers_]};
  }

  /// Sets `visits` to the routers to visit in a row, in order, and forgets them.
  void collect(const Row& row, std::vector<std::uint32_t>& visits) const {
    visits.resize(routers_ + 1);
    std::uint32_t* end = visits.data();
    for (std::size_t first = 0; first < routers_; first += kWord) {
      std::uint64_t flags = word(row.visited_ + first);
      if (flags == 0) continue;
      std::memset(row.visited_ + first, 0, kWord);
      for (std::size_t i = 0; i < kWord; ++i, flags >>= 8U) {
        *end = static_cast<std::uint32_t>(first + i);
        end += flags & 1U;  // no branch: nothing could predict it
      }
    }
    visits.resize(static_cast<std::size_t>(end - visits.data()));
  }

  /// The next cycle after `now` and before `end` in which something is due, else `end`.
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now, core::Cycle end) const {
    for (core::Cycle c = now + 1; c < end && c < now + cycles_; ++c) {
      const std::uint8_t* const visited = &visited_[(c & (cycles_ - 1)) * routers_];
      for (std::size_t first = 0; first < routers_; first += kWord) {
        if (word(visited + first) != 0) return c;
      }
    }
    return end;
  }

  /// So many cycles from the present one have a row.
  [[nodiscard]] core::Cycle cycles() const { return cycles_; }
  /// All records, also those in which nothing is due.
  [[nodiscard]] const std::vector<Due>& records() const { return due_; }

 private:
  static constexpr std::size_t kWord = 8;  ///< flags that are looked at together

  /// kWord flags, the first in the lowest bits.
  [[nodiscard]] static std::uint64_t word(const std::uint8_t* flags) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t all = 0;
    std::memcpy(&all, flags, kWord);
    return all;
  }

  std::size_t routers_;  ///< whole words of flags
  std::size_t cycles_;
  std::vector<Due> due_;               ///< per cycle and router
  std::vector<std::uint8_t> visited_;  ///< per cycle and router: whether it is to be visited, 0 or 1
};

}  // namespace waferloom::noc
