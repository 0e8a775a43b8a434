// SPDX-License-Identifier: Apache-2.0
// Data that move between the PEs of a line: scatter, gather, all-gather, all-to-all, shift. Every block carries
// its own payload, so that what arrives can be told apart.
#pragma once

#include "collectives/line.hpp"
#include "collectives/plan.hpp"

namespace waferloom::collectives {

/// line[root] sends each other PE a block, nearest first, on one color per side: a router keeps the first
/// block for its own PE, and the control wavelet behind the block switches the router to those further out.
void lay_scatter(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets);
/// Every PE's block to line[root], as two stars.
void lay_gather(PlanBuilder& builder, const Line& line, std::size_t root, std::uint64_t wavelets);
/// Every PE's block to every other, both ways along the line: its own first, then those that it forwards,
/// nearest source first.
void lay_all_gather(PlanBuilder& builder, const Line& line, std::uint64_t wavelets);
/// A block of its own from every PE to every other, forwarded likewise; a PE keeps its own of each source.
void lay_all_to_all(PlanBuilder& builder, const Line& line, std::uint64_t wavelets);
/// Every PE's block to the one `distance` further along the line; the last ones keep theirs.
void lay_shift(PlanBuilder& builder, const Line& line, std::size_t distance, std::uint64_t wavelets,
               const std::vector<core::Color>& colors);

}  // namespace waferloom::collectives
