// SPDX-License-Identifier: Apache-2.0
// How long a hop takes on average along a line of tiles.
#pragma once

#include "fabric/parameters.hpp"

namespace waferloom::burst {

/// Cycles; `reticle_extent`: of a reticle along the line, each of whose edges costs a crossing.
[[nodiscard]] inline double hop_cycles(const fabric::FabricParameters& fabric, std::uint32_t reticle_extent) {
  return fabric.hop_latency_cycles + fabric.link_cycles() - 1 +
         static_cast<double>(fabric.reticle_crossing_cycles) / static_cast<double>(reticle_extent);
}

}  // namespace waferloom::burst
