// SPDX-License-Identifier: Apache-2.0
// What enters and leaves through the I/O channels at fidelity `burst`: per column of the grid a stream of
// weights in and of results out, each with a rate and a buffer.
//
// Timing contract: the columns of a channel share its bandwidth by the words that a stream brings them (results:
// evenly, those that have some), the channels the host's. A column that has waited for words of the host has the channel for itself when they
// come, as the others had theirs before or wait in turn. Words enter in the order of the trace as soon as they lie in the channel's buffer
// (wafer/burst/engine/channel_reader.hpp), ahead of the PEs only by what the routers between the channel and them hold.
// Where lanes share weights, a column's words enter at its home and all lanes' rows take them: those of other lanes
// from when its relay and their tap have sent them on (wafer/burst/engine/lane_copies.hpp), and the home columns have the channel
// for themselves.
// Results leave through the channel's link likewise. Latencies are those of fabric/io_interface.hpp and
// fabric/memoryx.hpp, at the rates that the host states. A coarse column has the rate of the slowest of those that it stands for.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "fabric/host_registry.hpp"
#include "fabric/parameters.hpp"
#include "trace/record.hpp"
#include "wafer/burst/engine/channel_reader.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/lane_copies.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

class ColumnStreams {
 public:
  /// `program`: the rectangle on the wafer that the coarse grid stands for.
  ColumnStreams(const wafer::Hardware& hardware, const fabric::HostRates& host, core::Rectangle program,
                const CoarseTrace& coarse);

  /// Asks when the host may send a stream_in; kNever: not yet.
  void set_opening(std::function<Ticks(std::uint32_t record)> opening) { opening_ = std::move(opening); }
  /// Called with a column whose words can be told when they come, which they could not before.
  void on_words(std::function<void(std::uint32_t column)> callback) { words_ = std::move(callback); }
  /// Called when the last word of a stream_out has left, with the time at which the host has it.
  void on_drained(std::function<void(std::uint32_t record, Ticks)> callback) {
    drained_ = std::move(callback);
  }

  /// The tile of the grid at which the compute record `taker` takes a stream.
  [[nodiscard]] LaneTile tile(std::uint32_t column, std::uint32_t row, std::uint32_t taker) const {
    return {coarse_.records[coarse_.records[taker].consumes], column, row};
  }
  struct Arrival {
    Ticks head = 0;  ///< of the words at the row's PE
    Ticks tail = 0;  ///< of the last of them; kNever: not known yet
  };
  /// The next `words` for a tile; none: not on their way yet.
  [[nodiscard]] std::optional<Arrival> arrival(const LaneTile& tile, std::uint64_t words, Ticks now);
  /// The tile has taken what arrival() told it of.
  void take(const LaneTile& tile);
  /// Of what arrival() told the tile of, the words that another row of its column has not taken and the queues on
  /// the way to that cannot hold.
  [[nodiscard]] std::uint64_t missing(const LaneTile& tile, std::uint32_t other) const;
  /// The same of the tap of another lane, for a relay.
  [[nodiscard]] std::uint64_t missing_at_tap(const LaneTile& relay, const LaneTile& tap) const;
  [[nodiscard]] LaneTile tap(const LaneTile& relay, std::uint32_t lane) const {
    return {coarse_.records[relay.stream.id - relay.stream.lane + lane], LaneCopies::column_in(relay, lane),
            relay.row};
  }
  /// A relay or a tap begins to send on what arrival() told it of, and ends it.
  void begin_passing(const LaneTile& tile, Ticks head);
  void end_passing(const LaneTile& tile, Ticks tail);

  /// A column begins to hand over `words` of results.
  void begin_drain(std::uint32_t column, std::uint64_t words, Ticks now);
  /// When all of them but the last `but` and what the queues on the way hold have left, as far as can be told.
  [[nodiscard]] Ticks drain_time(std::uint32_t column, std::uint64_t but, Ticks now) const;
  /// The column has handed them over.
  void end_drain(std::uint32_t column, std::uint64_t words, Ticks now);
  /// Asks for advance_drains() of a channel at a time to come, and for a look at a column's drain.
  void set_alarms(std::function<void(std::uint32_t channel, Ticks)> advance,
                  std::function<void(std::uint32_t column)> look) {
    alarm_ = std::move(advance);
    look_ = std::move(look);
  }
  void advance_drains(std::uint32_t channel, Ticks now);
  /// Asks for look_for_room() of a channel at a time to come.
  void set_room_alarm(std::function<void(std::uint32_t channel, Ticks)> callback) {
    room_alarm_ = std::move(callback);
  }
  void look_for_room(std::uint32_t channel);

  /// When the last word that a column was sent is there, and whether results wait for its channel.
  [[nodiscard]] Ticks fed_until(std::uint32_t column) const { return columns_[column].fed_time; }
  [[nodiscard]] bool is_draining(std::uint32_t column) const { return columns_[column].leaving > 0; }

  /// When a column carried words of a stream.
  struct Carried {
    std::uint32_t record = 0;
    Ticks start = 0;
    Ticks end = 0;
  };
  [[nodiscard]] const std::vector<Carried>& carried(std::uint32_t column, bool in) const {
    return in ? columns_[column].carried_in : columns_[column].carried_out;
  }

  /// Words of the coarse columns in and out so far.
  [[nodiscard]] std::uint64_t words_in() const { return words_in_; }
  /// Words that still have to leave before a stream_out is complete.
  [[nodiscard]] std::uint64_t outstanding(std::uint32_t record) const { return outstanding_[record]; }

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
    std::vector<Passing> passing;    ///< by lane, the home's is the relay's; none: not shared
  };
  struct Row {
    std::uint64_t next = 0;          ///< number of the segment that comes after the last taken
    std::uint64_t taken = 0;         ///< words of the column
    std::uint64_t taken_shared = 0;  ///< of them, those of shared streams
    std::uint64_t current = 0;       ///< number of the segment that arrival() gave
  };
  struct Expected {
    std::uint32_t record;
    std::uint64_t words;
  };
  struct Column {
    double rate = 1;          ///< words of weights per cycle where all columns of the channel have some
    double shared_rate = 1;   ///< the same of weights that lanes share
    double most_rate = 1;     ///< and where the others wait for the host
    std::uint64_t ahead = 0;  ///< words that the queues between the channel and the PEs hold
    std::deque<Segment> segments;
    std::uint64_t first_segment = 0;  ///< number of segments.front()
    std::uint64_t fed = 0;            ///< words
    Ticks fed_time = 0;               ///< when the last of them enters
    Ticks due = 0;                    ///< when it would have entered had the host been in time
    std::uint64_t fed_shared = 0;     ///< of the words, those of shared streams
    std::vector<Row> rows;            ///< of this lane, then of those that take the same, lane by lane
    std::deque<Expected> expected;
    std::uint32_t channel = 0;     ///< in channels_; the slowest of those that serve it
    std::uint32_t neighbours = 1;  ///< columns of the wafer that the channel serves, itself among them
    std::uint32_t homes = 1;       ///< of them, those where shared streams enter
    /// The segment whose words are not all known to come yet, and since when it is wanted.
    std::optional<Segment> filling;
    Ticks wanted = 0;
    double leaving = 0;  ///< words of results that wait for their channel
    std::vector<Carried> carried_in;
    std::vector<Carried> carried_out;
  };
  /// The columns of a channel that have results share its rate evenly.
  struct Channel {
    double rate = 0;  ///< words per cycle
    std::vector<std::uint32_t> columns;
    ChannelReader reader;
    Ticks updated = 0;
    Ticks alarm = kNever;
    Ticks room_alarm = kNever;
  };

  /// Lets the next words enter; false: not all of them are known to come yet.
  [[nodiscard]] bool feed(const LaneTile& tile, std::uint64_t words, Ticks now);
  /// Lets the words of the column's next request enter, up to `end`; false: it has not been made.
  [[nodiscard]] bool feed_request(std::uint32_t column, Segment& segment, std::uint64_t end, Ticks now);
  /// Sees to it that columns that wait for room in the channel's buffer look again when some comes about.
  void wait_for_room(std::uint32_t channel);
  /// When a segment's words up to and with that one have entered, as far as the PEs' taking sets the pace.
  [[nodiscard]] static Ticks entry_time(const Column& column, const Segment& segment, std::uint64_t words);
  [[nodiscard]] static double rate(const Column& column, const Segment& segment) {
    return segment.share * (segment.passing.empty() ? column.rate : column.shared_rate);
  }
  /// Place of a tile among its home column's rows.
  [[nodiscard]] std::size_t row_place(const LaneTile& tile) const;
  [[nodiscard]] Row& row(const LaneTile& tile) {
    return columns_[LaneCopies::home_column(tile)].rows[row_place(tile)];
  }
  [[nodiscard]] const Row& row(const LaneTile& tile) const {
    return columns_[LaneCopies::home_column(tile)].rows[row_place(tile)];
  }
  /// Place among its home column's segments of the one that arrival() told a tile of.
  [[nodiscard]] std::size_t segment_place(const LaneTile& tile) const {
    return row(tile).current - columns_[LaneCopies::home_column(tile)].first_segment;
  }
  [[nodiscard]] Segment& current(const LaneTile& tile) {
    return columns_[LaneCopies::home_column(tile)].segments[segment_place(tile)];
  }
  [[nodiscard]] const Segment& current(const LaneTile& tile) const {
    return columns_[LaneCopies::home_column(tile)].segments[segment_place(tile)];
  }
  /// Columns that others of their channels held up may have words again.
  void look_at_starved(const Channel& channel);
  void add_members(std::size_t channel, const std::vector<ChannelReader::Member>& members);
  void expect_results();
  /// Words per tick of each column of a channel that has results.
  [[nodiscard]] double drain_rate(const Channel& channel) const;
  void update_drains(Channel& channel, Ticks now);
  void set_alarm(std::uint32_t channel, Ticks now);

  /// Words by which `row` may be ahead of `other` in a home column.
  [[nodiscard]] std::uint64_t slack(std::uint32_t row, std::uint32_t other) const;
  /// Words of shared streams that `taker` lacks of those that arrival() told `tile` of, less `slack`.
  [[nodiscard]] std::uint64_t missing_copies(const LaneTile& tile, const LaneTile& taker,
                                             std::uint64_t slack) const;
  /// By column of the program, whether shared streams enter there.
  [[nodiscard]] std::vector<bool> homes_of_shared() const;
  /// The same of all other streams in.
  [[nodiscard]] std::vector<bool> takers_of_unshared() const;

  const CoarseTrace& coarse_;
  LaneCopies copies_;
  std::vector<std::uint32_t> stream_ins_;
  std::function<Ticks(std::uint32_t)> opening_;
  std::function<void(std::uint32_t)> words_;
  std::function<void(std::uint32_t, Ticks)> drained_;
  Ticks latency_out_;  ///< last word to the host
  double row_cycles_;  ///< between two rows of the grid
  double first_row_;
  std::uint64_t queue_words_;   ///< of a PE and its router
  std::uint64_t router_words_;  ///< of a router
  double link_rate_;            ///< words per cycle that a link between routers carries
  std::vector<Column> columns_;
  std::vector<Channel> channels_;
  std::function<void(std::uint32_t, Ticks)> alarm_;
  std::function<void(std::uint32_t)> look_;
  std::function<void(std::uint32_t, Ticks)> room_alarm_;
  std::vector<std::uint64_t> outstanding_;
  std::uint64_t words_in_ = 0;
};

}  // namespace waferloom::burst
