// SPDX-License-Identifier: Apache-2.0
// Star: every PE of a line sends its vector straight to the first, one after the other. They share one color:
// a router lets its own PE's vector pass first, and the control wavelet behind it switches the router to
// those further out.
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
