// SPDX-License-Identifier: Apache-2.0
// What each tile did in a run.
#pragma once

#include <array>
#include <cstdint>

#include "core/direction.hpp"
#include "core/geometry.hpp"

namespace waferloom::wafer {

struct TileResult {
  core::Coordinate at;
  std::uint64_t busy_cycles = 0;
  std::uint64_t received = 0;                           ///< wavelets from the router
  std::uint64_t injected = 0;                           ///< wavelets to the router
  std::uint32_t sram_high_water = 0;                    ///< bytes, without what code and stack take
  std::array<std::uint64_t, core::kDirections> sent{};  ///< wavelets by output of the router
};

}  // namespace waferloom::wafer
