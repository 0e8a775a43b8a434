// SPDX-License-Identifier: Apache-2.0
// Counters of which every rank has a part and only the sum counts: before a checkpoint, rank 0 takes all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::wafer {

/// Modulo 2^64: a part may be less than nothing. Others than rank 0 are left with zeros.
inline void move_sums_to_leader(ranks::Ranks& ranks, std::vector<std::uint64_t>& sums) {
  ranks::Packer own;
  own.put_all(sums);
  const std::vector<ranks::Bytes> all = ranks::gather(ranks, own.take());
  if (!ranks.leads()) sums.assign(sums.size(), 0);
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    const std::vector<std::uint64_t> others = ranks::Unpacker(all[rank]).get_all<std::uint64_t>();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += others[i];
  }
}

}  // namespace waferloom::wafer
