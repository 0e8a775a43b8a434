// SPDX-License-Identifier: Apache-2.0
// Collectives as parts of a kernel: each is planned once for a line of tiles, and every row or column does the same.
#pragma once

#include <cstdint>
#include <vector>

#include "collectives/plan.hpp"
#include "fabric/parameters.hpp"
#include "kernels/code.hpp"
#include "kernels/numbers.hpp"
#include "kernels/tile_parts.hpp"
#include "pe/parameters.hpp"

namespace waferloom::kernels {

struct CollectiveLine {
  collectives::Plan plan;        ///< of the first line, or of all tiles
  std::uint32_t first_rule = 0;  ///< its color 0 among the compiled kernel's colors
};

/// Plans the kernel's collectives and appends their colors to `colors`. Throws core::InputError.
[[nodiscard]] std::vector<CollectiveLine> plan_collectives(const Kernel& kernel,
                                                           const fabric::FabricParameters& fabric,
                                                           const pe::PeParameters& pe,
                                                           std::vector<core::Color>& colors);

/// Adds a tile's part of collective `call`: its routes, and steps on microthreads and queues that are free for it.
void lay_collective(const Kernel& kernel, const CollectiveLine& line, std::uint32_t call,
                    const std::vector<core::Color>& colors, Numbers& numbers, TileQueues& queues,
                    TileCode& code);

}  // namespace waferloom::kernels
