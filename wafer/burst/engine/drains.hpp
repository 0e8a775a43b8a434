// SPDX-License-Identifier: Apache-2.0
// Results that leave the columns of the grid through their I/O channels, at fidelity `burst`.
//
// Timing contract: the columns of a channel that have results share its rate evenly, each at most a link's. Of a
// column's results the queues on the way hold some (ColumnLayout::Column::ahead); the rest waits in its PEs. What
// has left the host takes at its own rate, in requests one after the other, and has it a channel's latency later.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "trace/record.hpp"
#include "wafer/burst/engine/carried.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/column_layout.hpp"
#include "wafer/burst/engine/column_listener.hpp"
#include "wafer/burst/engine/ticks.hpp"

namespace waferloom::burst {

class Drains {
 public:
  /// Both have to outlive this.
  Drains(const ColumnLayout& layout, const CoarseTrace& coarse);

  /// Before results come.
  void set_listener(ColumnListener& listener) { listener_ = &listener; }

  /// A column begins to hand over `words` of results.
  void begin(std::uint32_t column, std::uint64_t words, Ticks now);
  /// When all of them but the last `but` and what the queues on the way hold have left, as far as can be told.
  [[nodiscard]] Ticks time(std::uint32_t column, std::uint64_t but, Ticks now) const;
  /// The column has handed them over.
  void end(std::uint32_t column, std::uint64_t words, Ticks now);

  /// Whether a column's results wait for its channel.
  [[nodiscard]] bool is_draining(std::uint32_t column) const { return columns_[column].leaving > 0; }
  [[nodiscard]] const std::vector<Carried>& carried(std::uint32_t column) const {
    return columns_[column].carried;
  }
  /// Words that still have to leave before a stream_out is complete.
  [[nodiscard]] std::uint64_t outstanding(std::uint32_t record) const { return outstanding_[record]; }

 private:
  struct Expected {
    std::uint32_t record;
    std::uint64_t words;
  };
  struct Column {
    std::deque<Expected> expected;
    double leaving = 0;  ///< words that wait for their channel
    std::vector<Carried> carried;
  };
  struct Channel {
    Ticks updated = 0;
    Ticks alarm = kNever;
  };

  [[nodiscard]] std::uint32_t channel_of(std::uint32_t column) const {
    return layout_.columns[column].channel;
  }
  /// When the words that a column has now have left, if no others come.
  [[nodiscard]] Ticks gone(std::uint32_t column, Ticks now) const;
  /// Words that have left the wafer by then come to the host: when it has them.
  [[nodiscard]] Ticks write(double words, Ticks left);
  /// Words per tick of each column of a channel that has results.
  [[nodiscard]] double rate(std::uint32_t channel) const;
  void update(std::uint32_t channel, Ticks now);
  /// Looks again when the first column of a channel has none left.
  void set_alarm(std::uint32_t channel, Ticks now);
  void advance(std::uint32_t channel, Ticks now);

  const ColumnLayout& layout_;
  const CoarseTrace& coarse_;
  ColumnListener* listener_ = nullptr;
  std::vector<Column> columns_;
  std::vector<Channel> channels_;
  std::vector<std::uint64_t> outstanding_;
  std::vector<Ticks> written_;  ///< when the host has the last words of a record so far
  Ticks host_busy_ = 0;         ///< until then with what came before
};

}  // namespace waferloom::burst
