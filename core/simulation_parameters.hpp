// SPDX-License-Identifier: Apache-2.0
// Configuration section `simulation`: how the host simulates. None of it changes a simulated result.
#pragma once

#include <cstdint>

namespace waferloom::core {

struct SimulationParameters {
  std::uint32_t region_width = 0;           ///< tiles per SystemC process, columns; 0 = a reticle
  std::uint32_t region_height = 0;          ///< rows; 0 = a reticle
  std::uint64_t max_cycles = 0;             ///< stop with exit status 3 beyond this; 0 = no limit
  std::uint64_t stall_cycles = 10'000'000;  ///< stop with exit status 3 after so many cycles without progress
  friend bool operator==(const SimulationParameters&, const SimulationParameters&) = default;
};

}  // namespace waferloom::core
