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

std::uint32_t cell_edge(std::uint32_t tiles) { return (tiles + kMostSampleCells - 1) / kMostSampleCells; }

}  // namespace

Rectangle LinkSamples::cell(std::size_t index) const {
  const auto column = static_cast<std::uint32_t>(index % columns());
  const auto row = static_cast<std::uint32_t>(index / columns());
  return {area.x + column * cell_width, area.y + row * cell_height,
          std::min(cell_width, area.width - column * cell_width),
          std::min(cell_height, area.height - row * cell_height)};
}

std::vector<LinkTotals> totals(const LinkSamples& samples) {
  std::vector<LinkTotals> all;
  for (const LinkSamples::Sample& sample : samples.samples) {
    LinkTotals sum{sample.begin, sample.end, samples.area.area(), {}};
    for (const LinkSamples::Sent& sent : sample.cells) {
      for (std::size_t d = 0; d < sent.size(); ++d) sum.sent[d] += sent[d];
    }
    all.push_back(sum);
  }
  return all;
}

LinkSamples sample_grid(const fabric::FabricParameters& mesh, const Rectangle& program) {
  LinkSamples grid;
  grid.area = with_margin(program, mesh);
  grid.cell_width = cell_edge(grid.area.width);
  grid.cell_height = cell_edge(grid.area.height);
  return grid;
}

Cycle sample_interval(Cycle cycles, std::uint32_t most) {
  Cycle interval = kFirstSampleInterval;
  while ((cycles + interval - 1) / interval > std::uint64_t{most} + most % 2) interval *= 2;
  return interval;
}

}  // namespace waferloom::wafer
