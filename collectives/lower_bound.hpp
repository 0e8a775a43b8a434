// SPDX-License-Identifier: Apache-2.0
// The least time that any program for a collective on its rectangle can take on the machine, whatever its routes and
// whatever the additions cost. Three terms, each of which holds by itself; the largest counts:
//
//   distance  the last wavelet of the farthest tile leaves its PE when those before it have left, and then travels:
//             L + (B - 1) r + 1, where L = hops h + crossings c + turn + 2 T_R
//   ramp      one PE has to take (or to send) all n wavelets that concern it: L_1 + (n - 1) r + 1, L_1 = h + 2 T_R
//   cut       all that has to pass between two halves of the rectangle, over the links between them:
//             L_1 + (n / links - 1) l + 1
//
// B wavelets of a vector or block; h fabric.hop_latency, c fabric.reticle_crossing, T_R fabric.ramp_latency, turn
// fabric.turn_latency where the tiles share neither row nor column; l the cycles for which a wavelet takes up a link; r
// the larger of 1, as a ramp carries a wavelet a cycle, and l by the PE's number of links within the rectangle.
//
// Source: derived here from the machine's rates; distance, contention and depth are the terms of the performance model of
// Luczynski, Gianinazzi, Iff, Wilson, De Sensi and Hoefler, Near-Optimal Wafer-Scale Reduce, HPDC 2024
// (arXiv 2404.15888), which for broadcasts in a row gives B + P + 2 T_R, a cycle more than this.
#pragma once

#include <string_view>

#include "collectives/parameters.hpp"
#include "core/wavelet.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::collectives {

struct LowerBound {
  core::Cycle cycles = 0;  ///< 0: nothing has to be moved
  std::string_view term = "none";
  std::string_view formula = "0";
};

inline constexpr std::string_view kLowerBoundSource =
    "rates of the machine, with the terms of arXiv 2404.15888; see docs/collectives.md";

/// `area`: the rectangle on the wafer.
[[nodiscard]] LowerBound lower_bound(const CollectiveParameters& parameters, core::Rectangle area,
                                     const fabric::FabricParameters& fabric);

}  // namespace waferloom::collectives
