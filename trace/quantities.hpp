// SPDX-License-Identifier: Apache-2.0
// What a record amounts to: wavelets of a block on a line, work of a block on a tile, totals over all of
// them. The replay, the statistics and the strategies' checks all count with these.
#pragma once

#include <cstdint>

#include "trace/record.hpp"

namespace waferloom::trace {

/// A piece of a line of tiles.
struct Piece {
  std::uint32_t begin = 0;  ///< on the line
  std::uint32_t length = 1;
};

/// Tiles of the line along which a chain runs.
[[nodiscard]] constexpr std::uint32_t line_length(const Record& record) {
  return record.axis == Axis::x ? record.area.width : record.area.height;
}

/// The tiles whose elements a record moves: of a shift, those from whose place the line goes on far enough.
[[nodiscard]] constexpr core::Rectangle sources(const Record& record) {
  core::Rectangle area = record.area;
  if (record.kind != Kind::shift) return area;
  const std::uint32_t away = record.root == Root::first ? record.distance : 0;
  if (record.axis == Axis::x) return {area.x + away, area.y, area.width - record.distance, area.height};
  return {area.x, area.y + away, area.width, area.height - record.distance};
}

/// The piece of such a line that holds the tile at `index`: pieces are a balanced partition (core/geometry.hpp).
[[nodiscard]] constexpr Piece piece_at(const Record& record, std::uint32_t index) {
  const std::uint32_t line = line_length(record);
  if (record.pieces == 1) return {0, line};
  const std::uint64_t number = ((std::uint64_t{index} + 1) * record.pieces - 1) / line;
  const auto begin = static_cast<std::uint32_t>(core::share_begin(line, record.pieces, number));
  return {begin, static_cast<std::uint32_t>(core::share_begin(line, record.pieces, number + 1)) - begin};
}

/// Elements of block `block` as sent on the line (or, for stream_in, to the column) at a place of the
/// record's area (of a shift, among its sources).
[[nodiscard]] std::uint64_t elements(const Record& record, std::uint32_t column, std::uint32_t row,
                                     std::uint64_t block);

/// Wavelets of the same: ceil(elements * density) packed into 32 bits each.
[[nodiscard]] std::uint64_t wavelets(const Record& record, std::uint32_t column, std::uint32_t row,
                                     std::uint64_t block);

/// The same over all blocks, at the cost of one.
[[nodiscard]] std::uint64_t wavelets_of_blocks(const Record& record, std::uint32_t column, std::uint32_t row);

/// Wavelets that so many elements of a record take.
[[nodiscard]] std::uint64_t wavelets_of(const Record& record, std::uint64_t elements);

/// Sum of an amount over all tiles of the area and all blocks. Exact, as an amount is a product of shares and
/// the shares along each dimension add up to its total.
[[nodiscard]] std::uint64_t total(const Amount& amount, const Record& record);

/// Multiply-accumulates of a record over all tiles and blocks, less those of weights that are not sent.
[[nodiscard]] std::uint64_t total_macs(const Record& record);

}  // namespace waferloom::trace
