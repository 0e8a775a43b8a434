// SPDX-License-Identifier: Apache-2.0
// What a strategy must know of the hardware to place a training step: the rectangle and its limits.
#pragma once

#include <cstdint>

namespace waferloom::models {

struct Placement {
  std::uint32_t columns = 0;  ///< of the program's rectangle
  std::uint32_t rows = 0;
  std::uint32_t colors = 24;              ///< routable colors of the routers
  std::uint32_t columns_per_channel = 1;  ///< most columns that any one I/O channel serves
  bool results_leave_north = false;      ///< at the top of the columns, where weights enter; else at the foot
  std::uint64_t kernel_load_cycles = 0;  ///< before each pass of a layer
  std::uint64_t sram_bytes = 49152 - 4096;  ///< per PE, less what code and stack take
};

}  // namespace waferloom::models
