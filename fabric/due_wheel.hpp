// SPDX-License-Identifier: Apache-2.0
// What is due at each router in the cycles to come: one record per router and cycle, to which senders add, and
// the set of routers that have to be visited in that cycle. Adding costs no allocation and no branch on what is
// there already; a visit in order of the routers finds neighbours in the cache.
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

namespace waferloom::fabric {

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
    void visit(std::uint32_t router) const {
      const std::uint32_t word = router / kWordBits;
      marks_[word] |= std::uint64_t{1} << router % kWordBits;
      marked_[word] = 1;
    }
    [[nodiscard]] const Due& peek(std::uint32_t router) const { return due_[router]; }
    /// What is due at a router; forgets it.
    [[nodiscard]] Due take(std::uint32_t router) const { return std::exchange(due_[router], Due{}); }

   private:
    friend class DueWheel;
    Row(Due* due, std::uint64_t* marks, std::uint8_t* marked) : due_(due), marks_(marks), marked_(marked) {}
    Due* due_ = nullptr;
    std::uint64_t* marks_ = nullptr;
    std::uint8_t* marked_ = nullptr;
  };

  /// For what comes at most `furthest` cycles after the present one.
  DueWheel(std::size_t routers, core::Cycle furthest)
      : routers_(routers),
        // One more, for regions that have not run yet in a cycle in which their neighbours have.
        cycles_(std::bit_ceil(furthest + 2)),
        groups_((routers + kWordBits * kGroup - 1) / (kWordBits * kGroup)),
        due_(cycles_ * routers),
        marks_(cycles_ * groups_ * kGroup),
        marked_(cycles_ * groups_ * kGroup) {}

  void clear() {
    std::fill(due_.begin(), due_.end(), Due{});
    std::fill(marks_.begin(), marks_.end(), 0);
    std::fill(marked_.begin(), marked_.end(), 0);
  }

  /// The row of the present cycle or one to come; stays valid.
  [[nodiscard]] Row row(core::Cycle cycle) {
    const std::size_t slot = cycle & (cycles_ - 1);
    return {&due_[slot * routers_], &marks_[slot * groups_ * kGroup], &marked_[slot * groups_ * kGroup]};
  }

  /// Sets `visits` to the routers to visit in a row, in order, and forgets them.
  void collect(const Row& row, std::vector<std::uint32_t>& visits) const {
    visits.resize(routers_);
    std::uint32_t* end = visits.data();
    for (std::size_t group = 0; group < groups_; ++group) {
      if (!any(row.marked_ + group * kGroup)) continue;
      for (std::size_t word = group * kGroup; word < (group + 1) * kGroup; ++word) {
        row.marked_[word] = 0;
        for (std::uint64_t marks = std::exchange(row.marks_[word], 0); marks != 0; marks &= marks - 1) {
          *end++ = static_cast<std::uint32_t>(word * kWordBits) +
                   static_cast<std::uint32_t>(std::countr_zero(marks));
        }
      }
    }
    visits.resize(static_cast<std::size_t>(end - visits.data()));
  }

  /// The next cycle after `now` and before `end` in which a router has to be visited, else `end`.
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now, core::Cycle end) const {
    for (core::Cycle c = now + 1; c < end && c < now + cycles_; ++c) {
      const std::uint8_t* const marked = &marked_[(c & (cycles_ - 1)) * groups_ * kGroup];
      for (std::size_t group = 0; group < groups_; ++group) {
        if (any(marked + group * kGroup)) return c;
      }
    }
    return end;
  }

  /// All records, also those in which nothing is due.
  [[nodiscard]] const std::vector<Due>& records() const { return due_; }

 private:
  static constexpr std::uint32_t kWordBits = 64;
  static constexpr std::size_t kGroup = 8;  ///< words whose flags are looked at together

  [[nodiscard]] static bool any(const std::uint8_t* flags) {
    std::uint64_t all = 0;
    std::memcpy(&all, flags, kGroup);
    return all != 0;
  }

  std::size_t routers_;
  std::size_t cycles_;
  std::size_t groups_;
  std::vector<Due> due_;              ///< per cycle and router
  std::vector<std::uint64_t> marks_;  ///< per cycle: the routers to visit, a bit each
  std::vector<std::uint8_t> marked_;  ///< per cycle: 1 where a word of marks_ is not 0
};

}  // namespace waferloom::fabric
