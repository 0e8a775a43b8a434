// SPDX-License-Identifier: Apache-2.0
// Weights that enter the columns of the grid through their I/O channels, at fidelity `burst`: when words of a stream
// arrive at each row, and how far rows may be ahead of each other.
//
// Timing contract: words enter in the order of the trace as soon as they lie in the channel's buffer
// (wafer/burst/engine/channel_reader.hpp), ahead of the PEs only by what the routers between the channel and them hold.
// A block begins with its first words, also if its last ones have not been asked for. PEs that work on a block take its
// words one after the other, each in the time that it costs them, which is when they make room for later ones.
// The columns of a channel share its bandwidth (wafer/burst/engine/column_layout.hpp) by the words that a stream brings
// them. A column that has waited for words of the host has the channel for itself when they come, as the others had
// theirs before or wait in turn: its PEs take each in the longer of what it costs them and what the channel takes.
// Where lanes share weights, a column's words enter at its home and all lanes' rows take them: those of other lanes
// from when its relay and their tap have sent them on (wafer/burst/engine/lane_copies.hpp), and the home columns have
// the channel for themselves. Latencies are those of fabric/io_interface.hpp and those that the host
// states.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "trace/record.hpp"
#include "wafer/burst/engine/carried.hpp"
#include "wafer/burst/engine/channel_reader.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/column_layout.hpp"
#include "wafer/burst/engine/column_listener.hpp"
#include "wafer/burst/engine/lane_copies.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/burst/fifo.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

class Feeds {
 public:
  /// `program`: the rectangle on the wafer that the coarse grid stands for. Layout and trace have to outlive this.
  Feeds(const ColumnLayout& layout, const wafer::Hardware& hardware, core::Rectangle program,
        const CoarseTrace& coarse);
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  /// Before words are asked for.
  void set_listener(ColumnListener& listener) { listener_ = &listener; }

  /// Where channels wait for each other's words of the host, they ask for all that there is room for: as time begins, and
  /// whenever more streams may be sent.
  void ask_ahead(Ticks now);

  /// The tile of the grid at which the compute record `taker` takes a stream.
  [[nodiscard]] LaneTile tile(std::uint32_t column, std::uint32_t row, std::uint32_t taker) const {
    return {coarse_.records[coarse_.records[taker].consumes], column, row};
  }
  [[nodiscard]] LaneTile tap(const LaneTile& relay, std::uint32_t lane) const {
    return {coarse_.records[trace::record_of_lane(relay.stream, lane)], LaneCopies::column_in(relay, lane),
            relay.row};
  }

  struct Arrival {
    Ticks head = 0;  ///< of the words at the row's PE
    Ticks tail = 0;  ///< of the last of them; kNever: not known yet
  };
  /// The next `words` for a tile, which takes one in `pace`; none: not on their way yet.
  [[nodiscard]] std::optional<Arrival> arrival(const LaneTile& tile, std::uint64_t words, Ticks pace,
                                               Ticks now);
  /// The tile has taken what arrival() told it of.
  void take(const LaneTile& tile);
  /// Of what arrival() told the tile of, the words that another row of its column has not taken and the queues on
  /// the way to that cannot hold.
  [[nodiscard]] std::uint64_t missing(const LaneTile& tile, std::uint32_t other) const;
  /// The same of the tap of another lane, for a relay.
  [[nodiscard]] std::uint64_t missing_at_tap(const LaneTile& relay, const LaneTile& tap) const;
  /// A relay or a tap begins to send on what arrival() told it of, and ends it.
  void begin_passing(const LaneTile& tile, Ticks head);
  void end_passing(const LaneTile& tile, Ticks tail);

  /// When the last word that a column was sent is there.
  [[nodiscard]] Ticks fed_until(std::uint32_t column) const { return columns_[column].fed_time; }
  [[nodiscard]] const std::vector<Carried>& carried(std::uint32_t column) const {
    return columns_[column].carried;
  }

 private:
  struct Passing {
    Ticks head = kNever;
    Ticks tail = kNever;
  };
  struct Segment {
    std::uint32_t stream = 0;
    std::uint64_t first = 0;
    std::uint64_t words = 0;
    Ticks head = 0;
    Ticks tail = 0;
    std::uint32_t rows_left = 0;
    std::uint64_t first_shared = 0;  ///< words of shared streams before it
    double share = 1;                ///< of its column's words in those of a column of its channel on average
    Ticks cost = 0;                  ///< of a word, to the PEs
    std::vector<Passing> passing;    ///< by lane, the home's is the relay's; none: not shared
  };
  struct Row {
    std::uint64_t next = 0;          ///< number of the segment that comes after the last taken
    std::uint64_t taken = 0;         ///< words of the column
    std::uint64_t taken_shared = 0;  ///< of them, those of shared streams
    std::uint64_t current = 0;       ///< number of the segment that arrival() gave
  };
  /// PEs take the words from this one on.
  struct Wanted {
    std::uint64_t first = 0;
    Ticks since = 0;
    Ticks pace = 0;  ///< each
    /// When they have taken all before `word`.
    [[nodiscard]] Ticks taken(std::uint64_t word) const {
      return since + static_cast<Ticks>(word - first) * pace;
    }
  };
  struct Column {
    Fifo<Segment> segments;
    std::uint64_t first_segment = 0;  ///< number of segments.front()
    std::uint64_t fed = 0;            ///< words
    Ticks fed_time = 0;               ///< when the last of them enters
    Ticks due = 0;                    ///< when it would have entered had the host been in time
    std::uint64_t fed_shared = 0;     ///< of the words, those of shared streams
    std::vector<Row> rows;            ///< of this lane, then of those that take the same, lane by lane
    std::optional<Segment> filling;   ///< the segment whose words are not all known to come yet
    Fifo<Wanted> wanted;              ///< since when PEs take words, the ones that still matter
    std::vector<Carried> carried;
  };
  struct Channel {
    ChannelReader reader;
    Ticks room_alarm = kNever;
  };

  /// Lets the next words enter; false: not all of them are known to come yet.
  [[nodiscard]] bool feed(const LaneTile& tile, std::uint64_t words, Ticks pace, Ticks now);
  /// The same of the segment that a column is filling.
  [[nodiscard]] bool fill(std::uint32_t column, Ticks now);
  /// Lets the words of the column's next request enter, up to `end`; false: it has not been made.
  [[nodiscard]] bool feed_request(std::uint32_t column, Segment& segment, std::uint64_t end, Ticks now);
  /// The same of one channel, as room comes about; nothing where channels do not wait for each other.
  void ask_ahead(std::uint32_t channel, Ticks now);
  /// Sees to it that columns that wait for room in the channel's buffer look again when some comes about.
  void wait_for_room(std::uint32_t channel);
  void look_for_room(std::uint32_t channel, Ticks now);
  /// Columns that others of their channels held up may have words again.
  void look_at_starved(std::uint32_t channel);
  /// When a segment's words up to and with that one have entered, as far as the PEs' taking sets the pace.
  [[nodiscard]] Ticks entry_time(std::uint32_t column, std::uint64_t words);
  [[nodiscard]] double rate(std::uint32_t column, const Segment& segment) const {
    const ColumnLayout::Column& of = layout_.columns[column];
    return std::min(segment.share * (segment.passing.empty() ? of.rate : of.shared_rate), of.most_rate);
  }
  /// Of a channel's rate, in equal parts for all that it serves: the part of a column while a stream passes.
  [[nodiscard]] double share(std::uint32_t column, const trace::Record& stream) const;
  /// Place of a tile among its home column's rows.
  [[nodiscard]] std::size_t row_place(const LaneTile& tile) const;
  [[nodiscard]] Row& row(const LaneTile& tile) {
    return columns_[LaneCopies::home_column(tile)].rows[row_place(tile)];
  }
  [[nodiscard]] const Row& row(const LaneTile& tile) const {
    return columns_[LaneCopies::home_column(tile)].rows[row_place(tile)];
  }
  /// A column's segment by its number: one whose words are all known to come, or the one that is being filled.
  template <class AnyColumn>
  [[nodiscard]] static auto& segment(AnyColumn& column, std::uint64_t number) {
    const std::size_t place = number - column.first_segment;
    return place == column.segments.size() ? *column.filling : column.segments[place];
  }
  /// The one among its home column's segments that arrival() told a tile of.
  [[nodiscard]] Segment& current(const LaneTile& tile) {
    return segment(columns_[LaneCopies::home_column(tile)], row(tile).current);
  }
  [[nodiscard]] const Segment& current(const LaneTile& tile) const {
    return segment(columns_[LaneCopies::home_column(tile)], row(tile).current);
  }
  /// Words by which `row` may be ahead of `other` in a home column.
  [[nodiscard]] std::uint64_t slack(std::uint32_t row, std::uint32_t other) const;
  /// Words of shared streams that `taker` lacks of those that arrival() told `tile` of, less `slack`.
  [[nodiscard]] std::uint64_t missing_copies(const LaneTile& tile, const LaneTile& taker,
                                             std::uint64_t slack) const;

  const ColumnLayout& layout_;
  const CoarseTrace& coarse_;
  LaneCopies copies_;
  ColumnListener* listener_ = nullptr;
  std::function<Ticks(std::uint32_t)> opening_;
  std::vector<std::uint32_t> stream_ins_;
  double row_cycles_;  ///< between two rows of the grid
  double first_row_;
  std::vector<Ticks> ways_;  ///< from the edge to each row
  std::vector<Column> columns_;
  std::vector<HostQueue> host_queues_;  ///< one of all channels, or one of each
  std::vector<Channel> channels_;
};

}  // namespace waferloom::burst
