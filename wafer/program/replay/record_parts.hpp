// SPDX-License-Identifier: Apache-2.0
// Parts: what each tile of a record's area does of the record. Where the tile lies on the record's line, which of its
// threads run the part and how many steps they take is worked out once and never changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/geometry.hpp"
#include "core/places.hpp"
#include "trace/record.hpp"
#include "wafer/program/chain.hpp"

namespace waferloom::wafer {

/// The threads that run a part; equal where there is one only.
struct ThreadPair {
  std::uint8_t up = 0;
  std::uint8_t down = 0;
};

/// What all tiles in the same place of a record's lines have in common.
struct PlaceInRecord {
  ChainPlace line;               ///< of records that run along lines
  std::uint64_t up_steps = 0;    ///< of the up (or only) thread
  std::uint64_t down_steps = 0;  ///< of the down thread; 0 where there is one only
  ThreadPair threads;
};

/// A record on one of its tiles.
struct Part {
  const trace::Record& record;
  const PlaceInRecord& place;
  std::uint32_t tile = 0;
  core::Coordinate at;     ///< of the tile, in the record's area
  std::size_t number = 0;  ///< among all parts

  /// The flow that one of the part's threads runs.
  [[nodiscard]] Flow flow_of(std::uint8_t thread) const {
    return thread == place.threads.up ? Flow::up : Flow::down;
  }
  [[nodiscard]] std::uint64_t steps(Flow flow) const {
    return flow == Flow::up ? place.up_steps : place.down_steps;
  }
  [[nodiscard]] bool has_steps() const { return place.up_steps + place.down_steps != 0; }
};

class RecordParts {
 public:
  /// Tiles of `program` are numbered row by row. `scales`: what the lines of each record stand for; none: for
  /// themselves. The records have to outlive this. Throws core::InputError for records that no tile can run.
  RecordParts(core::Rectangle program, const std::vector<trace::Record>& records,
              const std::vector<LineScale>& scales);

  /// In all, of the records that tiles run.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::vector<trace::Record>& records() const { return records_; }
  [[nodiscard]] std::uint32_t tiles() const { return static_cast<std::uint32_t>(tiles_.size()); }
  /// Within the program.
  [[nodiscard]] core::Coordinate place_of(std::uint32_t tile) const { return tiles_[tile]; }
  [[nodiscard]] core::Coordinate on_wafer(std::uint32_t tile) const {
    return {program_.x + tiles_[tile].x, program_.y + tiles_[tile].y};
  }
  [[nodiscard]] std::uint32_t tile_at(core::Coordinate on_wafer) const {
    return core::number_of(program_, on_wafer);
  }

  [[nodiscard]] bool has(std::uint32_t record, std::uint32_t tile) const {
    return records_[record].area.contains(tiles_[tile]);
  }
  RecordParts(const RecordParts&) = delete;
  RecordParts& operator=(const RecordParts&) = delete;
  /// Of a record that tiles run, and a tile that has a part in it.
  [[nodiscard]] Part of(std::uint32_t record, std::uint32_t tile) const {
    const trace::Record& r = records_[record];
    const Table& table = tables_[record];
    const core::Coordinate at{tiles_[tile].x - r.area.x, tiles_[tile].y - r.area.y};
    const std::size_t place = std::size_t{at.x} * table.by_column + std::size_t{at.y} * table.by_row;
    return {r, table.places[place], tile, at, table.first_part + std::size_t{at.y} * r.area.width + at.x};
  }

 private:
  /// Places differ from column to column, from row to row, or not at all.
  struct Table {
    std::size_t first_part = 0;
    std::uint32_t by_column = 0;
    std::uint32_t by_row = 0;
    std::vector<PlaceInRecord> places;
  };

  void check(const trace::Record& record) const;
  void add_chain(const trace::Record& record, Table& table, LineScale scale);
  /// The place, with what can be worked out once.
  [[nodiscard]] ChainPlace with_tables(const trace::Record& record, ChainPlace place);
  void add_compute(const trace::Record& record, Table& table) const;

  core::Rectangle program_;
  const std::vector<trace::Record>& records_;
  std::vector<core::Coordinate> tiles_;
  std::vector<Table> tables_;
  /// Of the lines' blocks, by length, what the line stands for and the number of blocks.
  std::map<std::array<std::uint64_t, 4>, std::vector<std::uint64_t>> starts_;
  /// By the same, the tile on the line, and the kind and root of the record.
  std::map<std::array<std::uint64_t, 7>, std::array<BlockRuns, 2>> through_;
  std::size_t size_ = 0;
};

}  // namespace waferloom::wafer
