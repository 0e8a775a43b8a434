// SPDX-License-Identifier: Apache-2.0
// What a replay needs of the tiles that it runs on, whichever fidelity simulates them. Tiles are numbered row
// by row within the program's rectangle.
#pragma once

#include <cstdint>
#include <optional>

#include "core/wavelet.hpp"

namespace waferloom::wafer {

class TileServices {
 public:
  virtual ~TileServices() = default;
  /// Threads of the tile that got no step are asked again.
  virtual void resume(std::uint32_t tile, core::Cycle cycle) = 0;
  /// SRAM; none: no gap of that size.
  [[nodiscard]] virtual std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes) = 0;
  virtual void release(std::uint32_t tile, std::uint32_t address) = 0;
};

}  // namespace waferloom::wafer
