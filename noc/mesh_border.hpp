// SPDX-License-Identifier: Apache-2.0
// What crosses from the regions of one rank to those of others: boxes of flits and credits, posted in one message for
// each neighbouring rank.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "noc/packet_router_array.hpp"
#include "ranks/pack.hpp"
#include "ranks/partition.hpp"

namespace waferloom::noc {

class MeshEdge;

class MeshBorder {
 public:
  MeshBorder(const core::RegionGrid& grid, const ranks::Share& share);
  ~MeshBorder();

  /// Stands in for a region of another rank.
  [[nodiscard]] MeshEdge& beyond(std::size_t region) { return *beyond_[region]; }

  /// Sends to each neighbour what goes there and takes what it sends: `deliver(region, edge, box)`.
  void exchange(const std::function<void(std::size_t, core::Direction, const EdgeBox&)>& deliver);

 private:
  class Beyond;

  ranks::Ranks& ranks_;
  std::vector<int> neighbours_;
  std::vector<ranks::Packer> outboxes_;            ///< by rank
  std::vector<std::unique_ptr<MeshEdge>> beyond_;  ///< by region; none: it is not beyond an edge
};

}  // namespace waferloom::noc
