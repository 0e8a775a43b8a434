// SPDX-License-Identifier: Apache-2.0
// Sums of what links carry, of the whole wafer, by tile and by cell of tiles. What is added lies on a rectangle, or in one place of many lines
// alike, so that its cost does not grow with the tiles.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "fabric/parameters.hpp"
#include "trace/record.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/tile_result.hpp"

namespace waferloom::wafer {

/// From `begin` to the one before `end`.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator<(const Range& a, const Range& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  }
};

/// Of all tiles together.
class WaferSums {
 public:
  void sent(core::Rectangle tiles, core::Direction direction, std::uint64_t wavelets) {
    send(tiles.area(), direction, wavelets);
  }
  void delivered(core::Rectangle tiles, std::uint64_t wavelets) { delivered_ += wavelets * tiles.area(); }
  void injected(core::Rectangle tiles, std::uint64_t wavelets) { injected_ += wavelets * tiles.area(); }

  /// Tiles in one place of some lines.
  struct OnLines {
    std::uint64_t count = 0;
  };
  struct Lines {
    std::uint64_t count = 0;
    [[nodiscard]] OnLines at(std::uint32_t) const { return {count}; }
  };
  /// Lines of the fabric along an axis, given from `first` on.
  [[nodiscard]] static Lines lines(trace::Axis along, std::uint32_t first, const std::vector<Range>& ranges);
  void sent(OnLines tiles, core::Direction direction, std::uint64_t wavelets) {
    send(tiles.count, direction, wavelets);
  }
  void delivered(OnLines tiles, std::uint64_t wavelets) { delivered_ += wavelets * tiles.count; }
  void injected(OnLines tiles, std::uint64_t wavelets) { injected_ += wavelets * tiles.count; }

  /// Over links between tiles and to I/O.
  [[nodiscard]] std::uint64_t hops() const { return hops_; }
  /// To PEs, and by PEs.
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t injected() const { return injected_; }
  [[nodiscard]] static std::vector<TileResult> take() { return {}; }

 private:
  void send(std::uint64_t tiles, core::Direction direction, std::uint64_t wavelets) {
    if (direction != core::Direction::ramp) hops_ += wavelets * tiles;
  }

  std::uint64_t hops_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t injected_ = 0;
};

/// By tile.
class TileSums {
 public:
  explicit TileSums(const fabric::FabricParameters& mesh);

  /// Of every tile: by its router, to its PE, by its PE.
  void sent(core::Rectangle tiles, core::Direction direction, std::uint64_t wavelets);
  void delivered(core::Rectangle tiles, std::uint64_t wavelets);
  void injected(core::Rectangle tiles, std::uint64_t wavelets);

  struct OnLines {
    TileResult* sums = nullptr;  ///< of each of the tiles
    std::uint64_t count = 0;
  };
  struct Lines {
    TileResult* sums = nullptr;  ///< by place
    std::uint64_t count = 0;
    [[nodiscard]] OnLines at(std::uint32_t place) const { return {sums + place, count}; }
  };
  [[nodiscard]] Lines lines(trace::Axis along, std::uint32_t first, const std::vector<Range>& ranges);
  void sent(OnLines tiles, core::Direction direction, std::uint64_t wavelets);
  void delivered(OnLines tiles, std::uint64_t wavelets);
  void injected(OnLines tiles, std::uint64_t wavelets);

  /// Of all tiles together.
  [[nodiscard]] std::uint64_t hops() const { return all_.hops(); }
  [[nodiscard]] std::uint64_t delivered() const { return all_.delivered(); }
  [[nodiscard]] std::uint64_t injected() const { return all_.injected(); }
  /// The tiles' sums, row by row; nothing may be added any more.
  [[nodiscard]] std::vector<TileResult> take();

 private:
  template <class Change>
  void on(core::Rectangle tiles, Change change);
  void spread_lines();

  std::uint32_t width_;
  std::uint32_t height_;
  /// What is added to all tiles from there on to the right and below (taken from them: modulo 2^64).
  std::vector<TileResult> from_;
  std::map<std::pair<trace::Axis, std::vector<Range>>, std::vector<TileResult>> by_lines_;  ///< beside that
  WaferSums all_;
};

/// By cell of tiles, of the links between tiles.
class CellSums {
 public:
  /// `of` has to live as long.
  explicit CellSums(const LinkSamples& of);

  void sent(core::Rectangle tiles, core::Direction direction, std::uint64_t wavelets);
  void delivered(core::Rectangle, std::uint64_t) {}
  void injected(core::Rectangle, std::uint64_t) {}

  struct Lines;
  struct OnLines {
    const Lines* lines = nullptr;
    std::uint32_t place = 0;
  };
  struct Lines {
    trace::Axis along = trace::Axis::x;
    std::vector<std::uint64_t> of_cell;  ///< how many of them lie in it, by cell across the axis
    [[nodiscard]] OnLines at(std::uint32_t place) const { return {this, place}; }
  };
  [[nodiscard]] Lines lines(trace::Axis along, std::uint32_t first, const std::vector<Range>& ranges) const;
  void sent(OnLines tiles, core::Direction direction, std::uint64_t wavelets);
  void delivered(OnLines, std::uint64_t) {}
  void injected(OnLines, std::uint64_t) {}

  [[nodiscard]] std::vector<LinkSamples::Sent>& cells() { return cells_; }

 private:
  /// Where the samples' cells lie along an axis.
  struct Cut {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t cell = 1;
  };
  [[nodiscard]] Cut cut(trace::Axis axis) const;
  [[nodiscard]] std::uint64_t& sum(std::uint64_t column, std::uint64_t row, core::Direction direction);

  const LinkSamples& grid_;
  std::vector<LinkSamples::Sent> cells_;
};

}  // namespace waferloom::wafer
