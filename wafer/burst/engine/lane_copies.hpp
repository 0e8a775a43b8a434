// SPDX-License-Identifier: Apache-2.0
// How weights that lanes share pass from lane to lane on the grid of fidelity `burst` (trace/shared_stream.hpp):
// where their columns, relays and taps lie, how long the way between them is and how much its queues hold.
//
// Timing contract: as a chain's transfer (wafer/burst/engine/engine.hpp). The head of what a relay or a tap sends on leaves with
// its first iteration and needs two ramps and the hops; a relay runs ahead of a tap, and a tap of its column's PEs,
// by what the queues between them hold.
#pragma once

#include <cstdint>

#include "core/direction.hpp"
#include "trace/record.hpp"
#include "trace/shared_stream.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

/// A tile of the grid, and the stream of its lane that it takes.
struct LaneTile {
  LaneTile(const trace::Record& of, std::uint32_t in_column, std::uint32_t in_row)
      : stream(of), column(in_column), row(in_row) {
    if (trace::is_shared(of)) home = trace::home_lane(of, in_column - of.area.x);
  }
  /// Another row of its column.
  [[nodiscard]] LaneTile in_row(std::uint32_t other) const {
    LaneTile tile = *this;
    tile.row = other;
    return tile;
  }

  const trace::Record& stream;
  std::uint32_t column;
  std::uint32_t row;
  std::uint32_t home = stream.lane;  ///< the lane in which the wavelets of the tile's column enter
};

class LaneCopies {
 public:
  LaneCopies(const wafer::Hardware& hardware, core::Rectangle program, const CoarseTrace& coarse);

  /// The column of the grid in which the wavelets of the tile's column enter, and the record that brings them.
  [[nodiscard]] static std::uint32_t home_column(const LaneTile& tile) {
    return trace::is_shared(tile.stream) ? column_in(tile, tile.home) : tile.column;
  }
  [[nodiscard]] static std::uint32_t home_record(const LaneTile& tile) {
    return trace::record_of_lane(tile.stream, tile.home);
  }
  [[nodiscard]] static bool is_home(const LaneTile& tile) { return tile.home == tile.stream.lane; }
  /// The same column in another lane.
  [[nodiscard]] static std::uint32_t column_in(const LaneTile& tile, std::uint32_t lane);
  [[nodiscard]] static std::uint32_t passing_row(const LaneTile& tile);
  [[nodiscard]] static bool passes_on(const LaneTile& tile);
  /// Links to neighbours on which the tile's router or PE sends the wavelets on.
  [[nodiscard]] static core::DirectionSet onward(const LaneTile& tile);

  /// From the relay's sending to a tap's taking.
  [[nodiscard]] Ticks way_to_tap(const LaneTile& tap) const;
  /// From the tap's sending to another row of its column.
  [[nodiscard]] Ticks way_from_tap(const LaneTile& tile) const;
  /// Words by which a relay may be ahead of a tap.
  [[nodiscard]] std::uint64_t relay_slack(const LaneTile& tap) const;
  /// Words by which a tile that is not in its home column may be ahead of another row of its column.
  [[nodiscard]] std::uint64_t column_slack(const LaneTile& tile, std::uint32_t other) const;

 private:
  [[nodiscard]] static std::uint32_t lanes_apart(const LaneTile& tile);

  double columns_;  ///< of the wafer in one of the grid, on average
  double rows_;
  double column_cycles_;  ///< for a hop along a row, and along a column
  double row_cycles_;
  double ramps_;
  std::uint64_t ends_words_;   ///< of the queues of the PEs that send and take
  std::uint64_t taken_words_;  ///< of the one that takes and its router's
  double row_words_;           ///< of a router and the link before it, along a row
  double column_words_;        ///< and along a column
};

}  // namespace waferloom::burst
