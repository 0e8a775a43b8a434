// SPDX-License-Identifier: Apache-2.0
// The traffic of the links over time, in samples of equal length, summed over cells of tiles. How long a run
// will be is not known ahead: when there are as many samples as allowed, each two become one and the next ones
// are twice as long.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "core/wavelet.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::wafer {

struct LinkSamples {
  using Sent = std::array<std::uint64_t, core::kNeighbours>;  ///< wavelets by direction
  struct Sample {
    core::Cycle begin = 0;
    core::Cycle end = 0;
    std::vector<Sent> cells;  ///< row by row
    friend bool operator==(const Sample&, const Sample&) = default;
  };

  core::Rectangle area;  ///< the program and one tile around it
  std::uint32_t cell_width = 1;
  std::uint32_t cell_height = 1;
  std::vector<Sample> samples;

  [[nodiscard]] std::uint32_t columns() const { return (area.width + cell_width - 1) / cell_width; }
  [[nodiscard]] std::uint32_t rows() const { return (area.height + cell_height - 1) / cell_height; }
  /// The tiles of a cell; those at the right and lower edge may be smaller.
  [[nodiscard]] core::Rectangle cell(std::size_t index) const;
};

/// No samples yet, but the cells in which they are taken.
[[nodiscard]] LinkSamples sample_grid(const fabric::FabricParameters& mesh, const core::Rectangle& program);

/// Length of the first samples; it doubles from there on.
inline constexpr core::Cycle kFirstSampleInterval = 1024;

/// Length of a sample in a run of known length, as LinkSampler finds it.
[[nodiscard]] core::Cycle sample_interval(core::Cycle cycles, std::uint32_t most);

/// All links of an area together.
struct LinkTotals {
  core::Cycle begin = 0;
  core::Cycle end = 0;
  std::uint64_t tiles = 0;
  LinkSamples::Sent sent{};
};
[[nodiscard]] std::vector<LinkTotals> totals(const LinkSamples& samples);

/// At most this many cells along each edge of the area.
inline constexpr std::uint32_t kMostSampleCells = 64;

}  // namespace waferloom::wafer
