// SPDX-License-Identifier: Apache-2.0
// What lies in a tile's SRAM when, in the order of the trace: each tensor with the records between which it lives. A
// run that overlaps operations may take and release a little earlier or later; the sums are those that strategies are
// held against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"

namespace waferloom::trace {

/// SRAM is handed out in units of a port's width.
[[nodiscard]] constexpr std::uint64_t sram_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t kUnit = 8;
  return bytes < kUnit ? kUnit : (bytes + kUnit - 1) / kUnit * kUnit;
}

struct SramPlan {
  struct Tensor {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint32_t first = 0;         ///< record that allocates it
    std::uint32_t last = kNoRecord;  ///< record that frees it; kNoRecord: it stays
  };
  core::Coordinate tile;        ///< of the program's rectangle
  std::vector<Tensor> tensors;  ///< in the order in which they are allocated
  std::uint64_t peak_bytes = 0;
  std::uint32_t peak_record = kNoRecord;  ///< the first at which so much lives; kNoRecord: nothing ever lives
};

[[nodiscard]] SramPlan sram_plan(const std::vector<Record>& records, core::Coordinate tile);

/// Of the tile that needs most: of areas, the last tile has the largest shares along both axes.
[[nodiscard]] SramPlan fullest_sram_plan(const std::vector<Record>& records);

/// Whether a tensor lives while a record runs.
[[nodiscard]] constexpr bool lives_at(const SramPlan::Tensor& tensor, std::uint32_t record) {
  return tensor.first <= record && record <= tensor.last;
}

}  // namespace waferloom::trace
