// SPDX-License-Identifier: Apache-2.0
// Reductions along a line towards its first tile: one algorithm a file. Each PE's vector is added
// element by element; what a PE sends carries the sum of all that it has taken in and its own.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/line.hpp"
#include "collectives/plan.hpp"

namespace waferloom::collectives {

/// A tile's vector before or after a reduction: when it is there, and how many PEs' vectors it sums up.
struct Share {
  StepRef ready;
  std::uint32_t contributions = 1;
};

struct LineReduce {
  const Line& line;                  ///< [0] takes the sum
  const std::vector<Share>& shares;  ///< of each tile
  std::uint64_t wavelets = 0;
  std::uint8_t thread = 0;  ///< microthread that receives
  std::size_t group = 0;    ///< of two_phase; 0: of its own choice
  /// [0] takes in nothing else, and all shares are there in the same cycle.
  bool alone = false;
};

/// What line[0] takes in, without its own share. Lines of one tile take in nothing.
using ReduceAlgorithm = Share (*)(PlanBuilder& builder, const std::vector<core::Color>& colors,
                                  const LineReduce& request);

/// Lines whose routers share no tile can share colors: they are made once and given to each.
struct ReduceModel {
  ReduceAlgorithm reduce;
  std::uint32_t (*colors)(std::size_t length);  ///< colors that a line of this length needs
};

[[nodiscard]] Share chain_reduce(PlanBuilder&, const std::vector<core::Color>&, const LineReduce&);
[[nodiscard]] Share tree_reduce(PlanBuilder&, const std::vector<core::Color>&, const LineReduce&);
[[nodiscard]] Share two_phase_reduce(PlanBuilder&, const std::vector<core::Color>&, const LineReduce&);
[[nodiscard]] Share star_reduce(PlanBuilder&, const std::vector<core::Color>&, const LineReduce&);

inline constexpr ReduceModel kChain{&chain_reduce, [](std::size_t) { return 2U; }};
inline constexpr ReduceModel kStar{&star_reduce, [](std::size_t) { return 1U; }};
inline constexpr ReduceModel kTwoPhase{&two_phase_reduce, [](std::size_t) { return 4U; }};
inline constexpr ReduceModel kTree{&tree_reduce, [](std::size_t length) {
                                     std::uint32_t levels = 0;
                                     while ((std::size_t{1} << levels) < length) ++levels;
                                     return levels;
                                   }};

}  // namespace waferloom::collectives
