// SPDX-License-Identifier: Apache-2.0
// Weights that several lanes of tiles share enter the wafer once. L stream_in records, one per lane, are then
// one stream: the wavelets of a column enter at one of the lanes, its home, and come down that column as any
// stream does. One PE of the column, the relay, also sends each wavelet that it takes along its row, on a color
// of its own, and the PE in the same place of each other lane, the tap, sends it up and down its own column.
//
// Homes alternate from column to column, so that all I/O channels carry equal shares. Relays of neighbouring
// columns lie in different rows, as one row's links cannot carry what all channels bring. Why a PE has to pass
// it on: a color has one route at each router, and the colors of columns repeat along a row.
#pragma once

#include <cstdint>

#include "core/arithmetic.hpp"
#include "trace/record.hpp"

namespace waferloom::trace {

/// Whether a stream_in is one lane's part of a shared stream.
[[nodiscard]] constexpr bool is_shared(const Record& stream) { return stream.lanes > 1; }

/// The lane at which the wavelets of a column of the area enter the wafer.
[[nodiscard]] constexpr std::uint32_t home_lane(const Record& stream, std::uint32_t column) {
  return column % stream.lanes;
}

/// Whether a column of this lane is its own home: then its wavelets come from the host.
[[nodiscard]] constexpr bool is_home(const Record& stream, std::uint32_t column) {
  return !is_shared(stream) || home_lane(stream, column) == stream.lane;
}

/// Where the same column of another lane lies within the program's rectangle.
[[nodiscard]] constexpr std::uint32_t column_in_lane(const Record& stream, std::uint32_t column,
                                                     std::uint32_t lane) {
  return stream.area.x - stream.lane * stream.area.width + lane * stream.area.width + column;
}

/// The row of the area in which a column's wavelets pass from lane to lane.
[[nodiscard]] constexpr std::uint32_t relay_row(const Record& stream, std::uint32_t column) {
  return static_cast<std::uint32_t>(std::uint64_t{column} * stream.area.height / stream.area.width);
}

/// Whether the tile at a column and row of the area passes the stream's wavelets on: a relay, or a tap of a column
/// with more tiles.
[[nodiscard]] constexpr bool passes_on(const Record& stream, std::uint32_t column, std::uint32_t row) {
  return is_shared(stream) && relay_row(stream, column) == row &&
         (is_home(stream, column) || stream.area.height > 1);
}

/// Colors along rows that an area needs: where it has more columns than rows, several relays lie in a row.
[[nodiscard]] inline std::uint32_t relay_colors_along_rows(const core::Rectangle& area) {
  return static_cast<std::uint32_t>(core::ceil_div(area.width, area.height));
}

/// The color on which a column's wavelets come down or up from a tap.
[[nodiscard]] inline std::uint8_t tap_color(const Record& stream) { return stream.relay_colors.front(); }

/// The color on which a column's wavelets go along the relay's row.
[[nodiscard]] inline std::uint8_t relay_color(const Record& stream, std::uint32_t column) {
  return stream.relay_colors[1 + column % relay_colors_along_rows(stream.area)];
}

/// Id of another lane's record: those of the lanes follow one another.
[[nodiscard]] constexpr std::uint32_t record_of_lane(const Record& stream, std::uint32_t lane) {
  return stream.id - stream.lane + lane;
}

/// Wavelets of a column of a stream in or out, over all blocks, that come from the host or go to it.
[[nodiscard]] std::uint64_t host_wavelets(const Record& stream, std::uint32_t column);

}  // namespace waferloom::trace
