// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/link_samples.hpp"

#include <algorithm>

namespace waferloom::wafer {

using core::Cycle;
using core::Rectangle;

namespace {

/// `program` and one tile around it: there is the traffic between program and I/O.
Rectangle with_margin(const Rectangle& program, const fabric::FabricParameters& mesh) {
  const std::uint32_t left = program.x - std::min(program.x, 1U);
  const std::uint32_t top = program.y - std::min(program.y, 1U);
  return {left, top, std::min(program.x + program.width + 1, mesh.width) - left,
          std::min(program.y + program.height + 1, mesh.height) - top};
}

std::uint32_t block_edge(std::uint32_t tiles) { return (tiles + kMostSampleBlocks - 1) / kMostSampleBlocks; }

}  // namespace

Rectangle LinkSamples::block(std::size_t index) const {
  const auto column = static_cast<std::uint32_t>(index % columns());
  const auto row = static_cast<std::uint32_t>(index / columns());
  return {area.x + column * block_width, area.y + row * block_height,
          std::min(block_width, area.width - column * block_width),
          std::min(block_height, area.height - row * block_height)};
}

std::vector<LinkTotals> totals(const LinkSamples& samples) {
  std::vector<LinkTotals> all;
  for (const LinkSamples::Sample& sample : samples.samples) {
    LinkTotals sum{sample.begin, sample.end, samples.area.area(), {}};
    for (const LinkSamples::Sent& sent : sample.blocks) {
      for (std::size_t d = 0; d < sent.size(); ++d) sum.sent[d] += sent[d];
    }
    all.push_back(sum);
  }
  return all;
}

LinkSamples sample_grid(const fabric::FabricParameters& mesh, const Rectangle& program) {
  LinkSamples grid;
  grid.area = with_margin(program, mesh);
  grid.block_width = block_edge(grid.area.width);
  grid.block_height = block_edge(grid.area.height);
  return grid;
}

Cycle sample_interval(Cycle cycles, std::uint32_t most) {
  Cycle interval = kFirstSampleInterval;
  while ((cycles + interval - 1) / interval > std::uint64_t{most} + most % 2) interval *= 2;
  return interval;
}

}  // namespace waferloom::wafer
