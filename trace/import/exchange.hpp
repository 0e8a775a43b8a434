// SPDX-License-Identifier: Apache-2.0
// Collectives among ranks as rounds of exchanges, by ring or line, as their textbooks have them. A ring of p ranks:
//   reduce_scatter   p - 1 rounds, each rank sends the next a p-th of its vector, which is added there
//   all_gather       p - 1 rounds, each rank sends the next what it got last
//   all_reduce       one after the other
//   all_to_all       p - 1 rounds, in round t each rank sends a p-th of its vector to the t-th after it
// A line: all_reduce adds the whole vector up from rank to rank towards the first, and passes the sum back. The others
// are a line's as well: reduce and broadcast; gather and scatter exchange with the root, one rank after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/import/workload.hpp"

namespace waferloom::trace {

struct Exchange {
  std::uint32_t from = 0;  ///< rank
  std::uint32_t to = 0;
  std::uint64_t words = 0;  ///< of 32 bits
};

struct Round {
  std::vector<Exchange> exchanges;
  bool adds = false;     ///< receivers add what they get to what they have
  bool follows = false;  ///< senders need what they got in the round before
};

enum class AllReduce : std::uint8_t { ring, line };

/// Of one group. `order`: the group's ranks along the ring or line; the root is their first where there is one.
[[nodiscard]] std::vector<Round> rounds_of(const RankStep& step, const std::vector<std::uint32_t>& order,
                                           AllReduce algorithm);

}  // namespace waferloom::trace
