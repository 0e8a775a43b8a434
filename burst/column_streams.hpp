// SPDX-License-Identifier: Apache-2.0
// What enters and leaves through the I/O channels at fidelity `burst`: per column of the grid a stream of
// weights in and of results out, each with a rate and a buffer.
//
// Timing contract: the columns of a channel share its bandwidth evenly (results: those that have some), the
// channels the host's. A column that has waited for words of the host has the channel for itself when they
// come, as the others had theirs before or wait in turn. Words enter in the order of the trace as soon as they lie in the channel's buffer
// (burst/channel_reader.hpp), ahead of the PEs only by what the routers between the channel and them hold.
// Results leave through the channel's link likewise. Latencies are those of fabric/io_interface.hpp and
// fabric/memoryx.hpp. A coarse column has the rate of the slowest of those that it stands for.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "burst/channel_reader.hpp"
#include "burst/coarse_trace.hpp"
#include "burst/ticks.hpp"
#include "fabric/parameters.hpp"
#include "trace/record.hpp"
#include "wafer/wafer.hpp"

namespace waferloom::burst {

class ColumnStreams {
 public:
  /// `program`: the rectangle on the wafer that the coarse grid stands for.
  ColumnStreams(const wafer::Hardware& hardware, const fabric::MemoryXParameters& memoryx,
                core::Rectangle program, const CoarseTrace& coarse);

  /// Asks when the host may send a stream_in; kNever: not yet.
  void set_opening(std::function<Ticks(std::uint32_t record)> opening) { opening_ = std::move(opening); }
  /// Called with a column whose words can be told when they come, which they could not before.
  void on_words(std::function<void(std::uint32_t column)> callback) { words_ = std::move(callback); }
  /// Called when the last word of a stream_out has left, with the time at which the host has it.
  void on_drained(std::function<void(std::uint32_t record, Ticks)> callback) {
    drained_ = std::move(callback);
  }

  struct Arrival {
    Ticks head = 0;          ///< of the words at the row's PE
    Ticks tail = 0;          ///< of the last of them
    std::uint64_t last = 0;  ///< words of the column up to and with the last of them
  };
  /// The next `words` for a row of what the compute record `taker` consumes; none: not on their way yet.
  [[nodiscard]] std::optional<Arrival> arrival(std::uint32_t column, std::uint32_t row, std::uint32_t taker,
                                               std::uint64_t words, Ticks now);
  /// The row has taken what arrival() told it of.
  void take(std::uint32_t column, std::uint32_t row);
  /// Words that a row has taken.
  [[nodiscard]] std::uint64_t taken(std::uint32_t column, std::uint32_t row) const {
    return columns_[column].rows[row].taken;
  }
  /// Words by which `row` may be ahead of `other`, whose router lies on the same column.
  [[nodiscard]] std::uint64_t slack(std::uint32_t row, std::uint32_t other) const;
  /// Tiles of the grid that take the same stream.
  [[nodiscard]] core::Rectangle area(std::uint32_t taker) const { return coarse_.records[taker].area; }

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
  [[nodiscard]] double words_per_cycle(std::uint32_t column) const { return columns_[column].rate; }
  /// Words that still have to leave before a stream_out is complete.
  [[nodiscard]] std::uint64_t outstanding(std::uint32_t record) const { return outstanding_[record]; }

 private:
  struct Segment {
    std::uint32_t stream = 0;
    std::uint64_t first = 0;
    std::uint64_t words = 0;
    Ticks head = 0;
    Ticks tail = 0;
    std::uint32_t rows_left = 0;
  };
  struct Row {
    std::uint64_t next = 0;  ///< number of the segment that comes after the last taken
    std::uint64_t taken = 0;
    std::uint64_t current = 0;  ///< number of the segment that arrival() gave
  };
  struct Expected {
    std::uint32_t record;
    std::uint64_t words;
  };
  struct Column {
    double rate = 1;          ///< words of weights per cycle where all columns of the channel have some
    double most_rate = 1;     ///< and where the others wait for the host
    std::uint64_t ahead = 0;  ///< words that the queues between the channel and the PEs hold
    std::deque<Segment> segments;
    std::uint64_t first_segment = 0;  ///< number of segments.front()
    std::uint64_t fed = 0;            ///< words
    Ticks fed_time = 0;               ///< when the last of them enters
    std::vector<Row> rows;
    std::deque<Expected> expected;
    std::uint32_t channel = 0;  ///< in channels_; the slowest of those that serve it
    /// The segment whose words are not all known to come yet, and since when it is wanted.
    std::optional<Segment> filling;
    Ticks wanted = 0;
    double leaving = 0;         ///< words of results that wait for their channel
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
  };

  /// Lets the next words enter; false: not all of them are known to come yet.
  [[nodiscard]] bool feed(std::uint32_t column, std::uint32_t stream, std::uint64_t words, Ticks now);
  /// Lets the words of the column's next request enter, up to `end`; false: it has not been made.
  [[nodiscard]] bool feed_request(std::uint32_t column, Segment& segment, std::uint64_t end);
  /// When a segment's words up to and with that one have entered, as far as the PEs' taking sets the pace.
  [[nodiscard]] static Ticks entry_time(const Column& column, const Segment& segment, std::uint64_t words);
  /// Columns that others of their channels held up may have words again.
  void look_at_starved(const Column& fed);
  void add_members(std::size_t channel, const std::vector<ChannelReader::Member>& members);
  void expect_results();
  /// Words per tick of each column of a channel that has results.
  [[nodiscard]] double drain_rate(const Channel& channel) const;
  void update_drains(Channel& channel, Ticks now);
  void set_alarm(std::uint32_t channel, Ticks now);

  const CoarseTrace& coarse_;
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
  std::vector<std::uint64_t> outstanding_;
  std::uint64_t words_in_ = 0;
};

}  // namespace waferloom::burst
