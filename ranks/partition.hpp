// SPDX-License-Identifier: Apache-2.0
// Which rank simulates which regions of a mesh.
//
// The grid of regions is cut in two, again and again, each time along a line that leaves the two sides loads in
// proportion to the ranks that they get: the parts are rectangles, so that little crosses between them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/region_grid.hpp"
#include "ranks/ranks.hpp"

namespace waferloom::ranks {

struct Partition {
  std::vector<int> owner;           ///< rank, by region
  std::vector<std::uint64_t> load;  ///< by rank
};

/// `loads`: what each region has to do, in any unit. Throws core::InputError where there are fewer regions than ranks.
[[nodiscard]] Partition partition(const core::RegionGrid& grid, const std::vector<std::uint64_t>& loads,
                                  int ranks);

/// For people: the map of regions with their ranks, and the load of each rank.
[[nodiscard]] std::string describe(const core::RegionGrid& grid, const Partition& partition);

/// A rank's share of a run.
struct Share {
  Ranks& ranks;
  Partition partition;

  [[nodiscard]] bool has(std::size_t region) const { return partition.owner[region] == ranks.rank(); }
};

/// A region of another rank that lies beside one of this rank's.
struct Beyond {
  std::size_t region;
  int rank;
};
/// All of them, each once.
[[nodiscard]] std::vector<Beyond> beyond(const core::RegionGrid& grid, const Share& share);

/// Their ranks, ascending.
[[nodiscard]] std::vector<int> neighbours(const std::vector<Beyond>& beyond);

}  // namespace waferloom::ranks
