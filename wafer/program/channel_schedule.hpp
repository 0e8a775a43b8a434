// SPDX-License-Identifier: Apache-2.0
// Which column's weights an input channel asks the host for next, and how much of the channel's buffer they may take.
// The rule is the same at all fidelities. It keeps the columns of a channel from holding each other up
// (docs/deadlock-freedom.md):
//
//   room    each column to which the open stream still brings words has room for a request of its own that no other
//           column can take; the rest of the buffer is for the column that is most behind
//   order   most behind is the column that has least of its words, counted as a share of all those that the stream
//           brings it; if there is no room for its next request, the next is that of the one most behind among
//           those whose own room is free
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/state/state.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::wafer {

/// Words of a request. Two of every column fit in the channel's buffer: one in its own room, one in the common.
/// Throws core::InputError where there is no room for a word of each.
[[nodiscard]] std::uint32_t request_words(const fabric::IoParameters& io, std::size_t columns);

class ChannelSchedule {
 public:
  /// In words; `request`: at most the buffer's share of each column.
  ChannelSchedule(std::uint64_t buffer, std::uint64_t request) : buffer_(buffer), request_(request) {}

  /// A column, or `count` of them that do the same at the same time. They are numbered as they come. Such columns
  /// ask for a part of a request each at a time, as one of them after the other asks for a whole one.
  void add_column(std::uint64_t count = 1);
  /// A stream begins that brings `words` to a column (each of `count`).
  void open(std::size_t column, std::uint64_t words, std::uint64_t count = 1);

  struct Request {
    std::size_t column = 0;
    std::uint64_t words = 0;  ///< of a column
    std::uint64_t room = 0;   ///< that it takes
    std::uint64_t rest = 0;   ///< words until the last of the columns has its whole request
  };
  /// The next request; none: there is no room for any.
  [[nodiscard]] std::optional<Request> next() const;
  /// It is made.
  void take(const Request& request);
  /// The last word of one of a column's requests has entered the wafer.
  void give(std::size_t column, std::uint64_t room);
  /// All that the open streams bring has been asked for.
  [[nodiscard]] bool all_asked() const { return columns_left_ == 0; }

  void archive(core::State& state) { state(columns_, held_, claimed_, columns_left_); }

 private:
  struct Column {
    std::uint64_t own_room = 0;
    std::uint64_t held = 0;   ///< words of the buffer
    std::uint64_t words = 0;  ///< that the stream brings
    std::uint64_t asked = 0;
    std::uint64_t begun = 0;  ///< of these, the words of whole requests
    std::uint64_t part = 0;   ///< words asked for at a time
    std::uint64_t count = 1;
  };
  [[nodiscard]] Request request_of(std::size_t column) const;
  /// Words up to the end of the request that a column is in.
  [[nodiscard]] std::uint64_t request_end(const Column& column) const;
  /// Of the buffer, that a column's next request takes.
  [[nodiscard]] std::uint64_t next_room(const Column& column) const;
  [[nodiscard]] static std::uint64_t claim(const Column& column);
  [[nodiscard]] bool fits_own_room(const Column& column) const;
  /// The room that no column has for itself or holds.
  [[nodiscard]] bool fits_common_room(const Column& column) const;
  [[nodiscard]] static bool is_behind(const Column& a, const Column& b);

  std::uint64_t buffer_;
  std::uint64_t request_;
  std::vector<Column> columns_;
  std::uint64_t held_ = 0;
  std::uint64_t claimed_ = 0;  ///< of the buffer: what columns hold, and the rest of their own room
  std::size_t columns_left_ = 0;
};

}  // namespace waferloom::wafer
