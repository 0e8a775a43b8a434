// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/link_sums.hpp"

#include <algorithm>

namespace waferloom::wafer {

using core::Direction;
using trace::Axis;

namespace {

void add(TileResult& to, const TileResult& sums) {
  to.received += sums.received;
  to.injected += sums.injected;
  for (std::size_t d = 0; d < sums.sent.size(); ++d) to.sent[d] += sums.sent[d];
}

void take_away(TileResult& from, const TileResult& sums) {
  from.received -= sums.received;
  from.injected -= sums.injected;
  for (std::size_t d = 0; d < sums.sent.size(); ++d) from.sent[d] -= sums.sent[d];
}

/// Calls `each` with every cell that a range reaches into and how far.
template <class Each>
void by_cell(std::uint64_t begin, std::uint64_t end, std::uint64_t cell, Each each) {
  for (std::uint64_t at = begin; at < end;) {
    const std::uint64_t next = std::min(end, (at / cell + 1) * cell);
    each(at / cell, next - at);
    at = next;
  }
}

}  // namespace

WaferSums::Lines WaferSums::lines(Axis, std::uint32_t, const std::vector<Range>& ranges) {
  Lines lines;
  for (const Range& range : ranges) lines.count += range.end - range.begin;
  return lines;
}

TileSums::TileSums(const fabric::FabricParameters& mesh)
    : width_(mesh.width), height_(mesh.height), from_(std::size_t{mesh.width} * mesh.height) {}

/// Calls `change` with a tile and whether the rectangle begins there, or what it added ends.
template <class Change>
void TileSums::on(core::Rectangle tiles, Change change) {
  if (tiles.width == 0 || tiles.height == 0) return;
  const auto at = [&](std::uint32_t x, std::uint32_t y, bool begins) {
    if (x < width_ && y < height_) change(from_[std::size_t{y} * width_ + x], begins);
  };
  const std::uint32_t right = tiles.x + tiles.width;
  const std::uint32_t below = tiles.y + tiles.height;
  at(tiles.x, tiles.y, true);
  at(right, tiles.y, false);
  at(tiles.x, below, false);
  at(right, below, true);
}

void TileSums::sent(core::Rectangle tiles, Direction direction, std::uint64_t wavelets) {
  on(tiles, [&](TileResult& tile, bool begins) {
    tile.sent[core::index_of(direction)] += begins ? wavelets : 0 - wavelets;
  });
  all_.sent(tiles, direction, wavelets);
}

void TileSums::delivered(core::Rectangle tiles, std::uint64_t wavelets) {
  on(tiles, [&](TileResult& tile, bool begins) { tile.received += begins ? wavelets : 0 - wavelets; });
  sent(tiles, Direction::ramp, wavelets);
  all_.delivered(tiles, wavelets);
}

void TileSums::injected(core::Rectangle tiles, std::uint64_t wavelets) {
  on(tiles, [&](TileResult& tile, bool begins) { tile.injected += begins ? wavelets : 0 - wavelets; });
  all_.injected(tiles, wavelets);
}

TileSums::Lines TileSums::lines(Axis along, std::uint32_t first, const std::vector<Range>& ranges) {
  std::pair<Axis, std::vector<Range>> key{along, {}};
  for (const Range& range : ranges) key.second.push_back({first + range.begin, first + range.end});
  const std::size_t places = along == Axis::x ? width_ : height_;
  return {by_lines_.try_emplace(std::move(key), places).first->second.data(),
          WaferSums::lines(along, first, ranges).count};
}

void TileSums::sent(OnLines tiles, Direction direction, std::uint64_t wavelets) {
  tiles.sums->sent[core::index_of(direction)] += wavelets;
  all_.sent(WaferSums::OnLines{tiles.count}, direction, wavelets);
}

void TileSums::delivered(OnLines tiles, std::uint64_t wavelets) {
  tiles.sums->received += wavelets;
  sent(tiles, Direction::ramp, wavelets);
  all_.delivered(WaferSums::OnLines{tiles.count}, wavelets);
}

void TileSums::injected(OnLines tiles, std::uint64_t wavelets) {
  tiles.sums->injected += wavelets;
  all_.injected(WaferSums::OnLines{tiles.count}, wavelets);
}

void TileSums::spread_lines() {
  for (auto& [key, sums] : by_lines_) {
    const bool along_x = key.first == Axis::x;
    // What a place has more than the one before it.
    for (std::size_t place = sums.size(); place-- > 1;) take_away(sums[place], sums[place - 1]);
    const std::size_t lines = along_x ? height_ : width_;
    for (const Range& range : key.second) {
      for (std::size_t place = 0; place < sums.size(); ++place) {
        const auto tile = [&](std::uint64_t line) -> TileResult& {
          return from_[along_x ? line * width_ + place : place * width_ + line];
        };
        add(tile(range.begin), sums[place]);
        if (range.end < lines) take_away(tile(range.end), sums[place]);
      }
    }
  }
}

std::vector<TileResult> TileSums::take() {
  spread_lines();
  for (std::uint32_t y = 0; y < height_; ++y) {
    TileResult left;
    TileResult* const row = &from_[std::size_t{y} * width_];
    for (std::uint32_t x = 0; x < width_; ++x) {
      add(left, row[x]);
      row[x] = left;
      row[x].at = {x, y};
      if (y > 0) add(row[x], *(row + x - width_));
    }
  }
  return std::move(from_);
}

CellSums::CellSums(const LinkSamples& of) : grid_(of), cells_(std::size_t{of.columns()} * of.rows()) {}

CellSums::Cut CellSums::cut(Axis axis) const {
  const core::Rectangle& area = grid_.area;
  if (axis == Axis::x) return {area.x, std::uint64_t{area.x} + area.width, grid_.cell_width};
  return {area.y, std::uint64_t{area.y} + area.height, grid_.cell_height};
}

std::uint64_t& CellSums::sum(std::uint64_t column, std::uint64_t row, Direction direction) {
  return cells_[row * grid_.columns() + column][core::index_of(direction)];
}

void CellSums::sent(core::Rectangle tiles, Direction direction, std::uint64_t wavelets) {
  const core::Rectangle inside = core::intersection(tiles, grid_.area);
  if (direction == Direction::ramp || inside.width == 0 || inside.height == 0) return;
  const std::uint64_t x = inside.x - grid_.area.x;
  const std::uint64_t y = inside.y - grid_.area.y;
  by_cell(y, y + inside.height, grid_.cell_height, [&](std::uint64_t row, std::uint64_t high) {
    by_cell(x, x + inside.width, grid_.cell_width, [&](std::uint64_t column, std::uint64_t wide) {
      sum(column, row, direction) += wavelets * high * wide;
    });
  });
}

CellSums::Lines CellSums::lines(Axis along, std::uint32_t first, const std::vector<Range>& ranges) const {
  const Cut across = cut(along == Axis::x ? Axis::y : Axis::x);
  Lines lines{along, std::vector<std::uint64_t>(along == Axis::x ? grid_.rows() : grid_.columns())};
  for (const Range& range : ranges) {
    const std::uint64_t begin = std::max(first + range.begin, across.begin);
    const std::uint64_t end = std::min(first + range.end, across.end);
    if (begin >= end) continue;
    by_cell(begin - across.begin, end - across.begin, across.cell,
            [&](std::uint64_t cell, std::uint64_t count) { lines.of_cell[cell] += count; });
  }
  return lines;
}

void CellSums::sent(OnLines tiles, Direction direction, std::uint64_t wavelets) {
  const Cut along = cut(tiles.lines->along);
  if (direction == Direction::ramp || tiles.place < along.begin || tiles.place >= along.end) return;
  const std::uint64_t cell = (tiles.place - along.begin) / along.cell;
  for (std::uint64_t across = 0; across < tiles.lines->of_cell.size(); ++across) {
    const bool along_x = tiles.lines->along == Axis::x;
    sum(along_x ? cell : across, along_x ? across : cell, direction) +=
        wavelets * tiles.lines->of_cell[across];
  }
}

}  // namespace waferloom::wafer
