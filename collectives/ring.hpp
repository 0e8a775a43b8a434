// SPDX-License-Identifier: Apache-2.0
// Ring algorithms on a line: the ring goes out over every second tile and comes back over the others, so that
// no neighbours on it are more than two hops apart. Vectors are cut into as many chunks as the ring has PEs.
//
// Each PE takes a chunk into memory, adds it and sends it on: two operations of its one datapath for each wavelet. The
// published form counts one, as if a PE added and sent in one cycle. A PE could only do so (as in a chain) if nothing
// waited in memory between, and then all PEs of the ring, who all begin by sending, would wait for one another.
#pragma once

#include <vector>

#include "collectives/reduce.hpp"

namespace waferloom::collectives {

/// Reduce-scatter round the ring, then every PE's chunk to line[root] as a star.
void ring_reduce(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets,
                 std::uint8_t thread);
/// Reduce-scatter, then all-gather.
void ring_all_reduce(PlanBuilder& builder, const Line& line, std::uint64_t wavelets, std::uint8_t thread);

}  // namespace waferloom::collectives
