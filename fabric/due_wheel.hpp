// SPDX-License-Identifier: Apache-2.0
// What is due at each router in the cycles to come: one record per router and cycle, to which senders add.
// Adding costs no allocation and no branch on what is there already; routers are then visited in their order,
// so that neighbours are found in the cache.
//
// `Due` is a small plain type that is true when something is due; its default value is not.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/wavelet.hpp"

namespace waferloom::fabric {

template <class Due>
class DueWheel {
 public:
  /// What is due in one cycle.
  class Row {
   public:
    Row() = default;
    /// To add to what is due at a router.
    [[nodiscard]] Due& at(std::uint32_t router) const {
      marked_[router / kGroup] = 1;
      return due_[router];
    }
    [[nodiscard]] const Due& peek(std::uint32_t router) const { return due_[router]; }
    /// What is due at a router; forgets it.
    [[nodiscard]] Due take(std::uint32_t router) const { return std::exchange(due_[router], Due{}); }

   private:
    friend class DueWheel;
    Row(Due* due, std::uint8_t* marked) : due_(due), marked_(marked) {}
    Due* due_ = nullptr;
    std::uint8_t* marked_ = nullptr;
  };

  /// For what comes at most `furthest` cycles after the present one.
  DueWheel(std::size_t routers, core::Cycle furthest)
      : routers_((routers + kGroup - 1) / kGroup * kGroup),
        marks_((routers_ / kGroup + kWord - 1) / kWord * kWord),
        // One more, for regions that have not run yet in a cycle in which their neighbours have.
        cycles_(std::bit_ceil(furthest + 2)),
        due_(cycles_ * routers_),
        marked_(cycles_ * marks_) {}

  void clear() {
    std::fill(due_.begin(), due_.end(), Due{});
    std::fill(marked_.begin(), marked_.end(), 0);
  }

  /// The row of the present cycle or one to come; stays valid.
  [[nodiscard]] Row row(core::Cycle cycle) {
    const std::size_t slot = cycle & (cycles_ - 1);
    return {&due_[slot * routers_], &marked_[slot * marks_]};
  }

  /// Sets `visits` to the routers of a row at which something is due, in order.
  void collect(const Row& row, std::vector<std::uint32_t>& visits) const {
    visits.resize(routers_);
    std::uint32_t* end = visits.data();
    for (std::size_t word = 0; word < marks_; word += kWord) {
      if (!any(row.marked_ + word)) continue;
      for (std::size_t group = word; group < word + kWord; ++group) {
        if (std::exchange(row.marked_[group], 0) == 0) continue;
        for (std::size_t r = group * kGroup; r < (group + 1) * kGroup; ++r) {
          *end = static_cast<std::uint32_t>(r);
          end += row.due_[r] ? 1 : 0;  // no branch: nothing could predict it
        }
      }
    }
    visits.resize(static_cast<std::size_t>(end - visits.data()));
  }

  /// The next cycle after `now` and before `end` in which something is due, else `end`.
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now, core::Cycle end) const {
    for (core::Cycle c = now + 1; c < end && c < now + cycles_; ++c) {
      const std::uint8_t* const marked = &marked_[(c & (cycles_ - 1)) * marks_];
      for (std::size_t word = 0; word < marks_; word += kWord) {
        if (any(marked + word)) return c;
      }
    }
    return end;
  }

  /// All records, also those in which nothing is due.
  [[nodiscard]] const std::vector<Due>& records() const { return due_; }

 private:
  static constexpr std::size_t kGroup = 16;  ///< routers that share a mark
  static constexpr std::size_t kWord = 8;    ///< marks that are looked at together

  [[nodiscard]] static bool any(const std::uint8_t* marks) {
    std::uint64_t all = 0;
    std::memcpy(&all, marks, kWord);
    return all != 0;
  }

  std::size_t routers_;  ///< whole groups
  std::size_t marks_;    ///< whole words
  std::size_t cycles_;
  std::vector<Due> due_;              ///< per cycle and router
  std::vector<std::uint8_t> marked_;  ///< per cycle and group: 1 where something may be due
};

}  // namespace waferloom::fabric
