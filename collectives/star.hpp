// SPDX-License-Identifier: Apache-2.0
// Star: every PE of a line sends its vector straight to the first, one after the other. They share one color:
// a router lets its own PE's vector pass first, and the control wavelet behind it switches the router to
// those further out. Of short vectors these control wavelets take as long as the vectors.
//
// A reduction along a line does without: all PEs' vectors are ready in the same cycle, so that each sends when those
// further in have passed, and no router ever has two of them at once. That takes a root at the line's end and links and queues that let a wavelet
// pass each cycle (PlanBuilder::streams_keep_time); on others it is switched as well.
#pragma once

#include <functional>
#include <vector>

#include "collectives/line.hpp"
#include "collectives/plan.hpp"

namespace waferloom::collectives {

/// One PE's part of a star.
struct StarVector {
  std::uint64_t wavelets = 0;
  std::uint32_t payload = 1;  ///< of each wavelet
  StepRef ready;
};

/// `vectors[i]`: of line[i]; [0] is not used but for `ready`, before which nothing is taken. Returns the last
/// step of line[0], which takes the vectors in order.
StepRef lay_star(PlanBuilder& builder, const Line& line, core::Color color, std::uint8_t thread,
                 const std::vector<StarVector>& vectors);

}  // namespace waferloom::collectives
