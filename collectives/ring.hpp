// SPDX-License-Identifier: Apache-2.0
// Ring algorithms on a line: the ring goes out over every second tile and comes back over the others, so that
// no neighbours on it are more than two hops apart. Vectors are cut into as many chunks as the ring has PEs.
#pragma once

#include <vector>

#include "collectives/reduce.hpp"

namespace waferloom::collectives {

/// Reduce-scatter round the ring, then every PE's chunk to line[root] as a star.
[[nodiscard]] Share ring_reduce(PlanBuilder& builder, const Line& line, const std::vector<Share>& shares,
                                std::size_t root, std::uint64_t wavelets, std::uint8_t thread);
/// Reduce-scatter, then all-gather. Returns each tile's result in the order of the line.
[[nodiscard]] std::vector<Share> ring_all_reduce(PlanBuilder& builder, const Line& line,
                                                 const std::vector<Share>& shares, std::uint64_t wavelets,
                                                 std::uint8_t thread);

}  // namespace waferloom::collectives
