// SPDX-License-Identifier: Apache-2.0
// Which records each thread of each tile runs, in the trace's order. Tiles that lie in the same areas have the same
// lists, so that there is one for each kind of tile.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pe/step.hpp"
#include "wafer/program/replay/record_parts.hpp"

namespace waferloom::wafer {

class ThreadLists {
 public:
  explicit ThreadLists(const RecordParts& parts);

  [[nodiscard]] const std::vector<std::uint32_t>& of(std::uint32_t tile, std::uint8_t thread) const {
    return lists_[kind_of_tile_[tile]][thread];
  }
  [[nodiscard]] std::size_t kinds() const { return lists_.size(); }

 private:
  using OfThreads = std::array<std::vector<std::uint32_t>, pe::kThreads>;
  std::vector<OfThreads> lists_;  ///< by kind of tile
  std::vector<std::uint32_t> kind_of_tile_;
};

}  // namespace waferloom::wafer
