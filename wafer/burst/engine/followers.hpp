// SPDX-License-Identifier: Apache-2.0
// Who waits for whom: a thread that has worked off its step waits for one other at a time, the slowest of those on
// which its end rests, and looks again when that one gets faster, ends or begins. That the others may get slower it
// notices at the time at which it expects its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waferloom::burst {

/// A thread of a tile, by number.
using ThreadId = std::uint32_t;
inline constexpr ThreadId kNobody = 0xffffffff;

class Followers {
 public:
  explicit Followers(std::size_t threads) : links_(threads) {}

  [[nodiscard]] ThreadId leader_of(ThreadId thread) const { return links_[thread].leader; }

  void follow(ThreadId thread, ThreadId leader) {
    Link& own = links_[thread];
    if (own.leader == leader) return;
    leave(thread);
    if (leader == kNobody) return;
    own.leader = leader;
    own.next = links_[leader].first;
    if (own.next != kNobody) links_[own.next].previous = thread;
    links_[leader].first = thread;
  }
  void leave(ThreadId thread) {
    Link& own = links_[thread];
    if (own.leader == kNobody) return;
    if (own.previous != kNobody) {
      links_[own.previous].next = own.next;
    } else {
      links_[own.leader].first = own.next;
    }
    if (own.next != kNobody) links_[own.next].previous = own.previous;
    own.leader = own.previous = own.next = kNobody;
  }
  /// Calls `visit` with each, and none follows any more.
  template <typename Visit>
  void release(ThreadId leader, Visit visit) {
    while (links_[leader].first != kNobody) {
      const ThreadId thread = links_[leader].first;
      leave(thread);
      visit(thread);
    }
  }

 private:
  struct Link {
    ThreadId leader = kNobody;
    ThreadId first = kNobody;  ///< of those that follow this one
    ThreadId next = kNobody;   ///< of those that follow the same
    ThreadId previous = kNobody;
  };
  std::vector<Link> links_;
};

}  // namespace waferloom::burst
