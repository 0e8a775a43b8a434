// SPDX-License-Identifier: Apache-2.0
// The SRAM of each PE of a region: which bytes are taken, and the most that ever were.
// Timing lies in the datapath (pe/datapath.hpp), which owns the ports.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/state/state.hpp"
#include "pe/parameters.hpp"

namespace waferloom::pe {

class SramArray {
 public:
  SramArray(const PeParameters& parameters, std::size_t tiles);

  /// Takes `bytes` (rounded up to 8, the width of a port), lowest free address first. Where no gap is large enough,
  /// several extents are taken: a compiler that lays tensors out in advance finds a place where there is enough in
  /// all. Gives the address of the first extent; none: there is not enough.
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t tile, std::uint64_t bytes);
  void release(std::uint32_t tile, std::uint32_t address);

  /// Bytes usable by a program: capacity less what code and stack take.
  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint32_t used(std::uint32_t tile) const { return usage_[tile].used; }
  [[nodiscard]] std::uint32_t high_water(std::uint32_t tile) const { return usage_[tile].high_water; }

  /// What a checkpoint keeps of a tile's.
  void archive(core::State& state, std::uint32_t tile);

 private:
  struct Extent {
    std::uint32_t address;
    std::uint32_t bytes;
    std::uint32_t owner;  ///< address of the first extent
  };
  struct Usage {
    std::uint32_t used = 0;
    std::uint32_t high_water = 0;
    std::uint32_t extents = 0;  ///< index in extents_, 0: none yet
  };
  std::uint32_t reserved_;
  std::uint32_t capacity_;
  std::vector<Usage> usage_;
  std::vector<std::vector<Extent>> extents_;  ///< by address; only for tiles that hold something
};

}  // namespace waferloom::pe
