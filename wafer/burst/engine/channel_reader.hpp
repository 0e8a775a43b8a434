// SPDX-License-Identifier: Apache-2.0
// What the host has sent ahead to an input channel: which words of which column lie in the channel's buffer,
// and since when.
//
// Timing contract, as of wafer/wavelet/host_streams.hpp and fabric/io_interface.hpp: streams are fetched in the order of
// the trace, all lanes of a shared one at once, each once the host may send it, in requests of the columns whose
// order and room wafer/program/channel_schedule.hpp tells. A request's words are there, all at once, when the host
// has sent them and the latency has passed. Its room is free again when its last word has entered the wafer. A coarse
// column asks for all of those that it stands for, and has its words with the last of them.
//
// A host that is slower than its channels together serves their requests one after the other, in the order in which they
// are made: each as soon as there is room for it, whether or not PEs wait for its words (HostQueue). Another one keeps
// no channel waiting for others, and each has its share of it: its requests can then be made later, when their words are
// wanted, with the same times.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "trace/record.hpp"
#include "wafer/burst/engine/coarse_trace.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/burst/fifo.hpp"
#include "wafer/program/channel_schedule.hpp"

namespace waferloom::burst {

/// What a host has to send, of one channel or of all that wait for each other.
struct HostQueue {
  bool common = false;   ///< of all channels
  Ticks busy_until = 0;  ///< with what was asked for so far
};

class ChannelReader {
 public:
  struct Member {
    std::uint32_t column = 0;  ///< of the grid
    std::uint32_t count = 0;   ///< of the channel's columns that it stands for, those where streams enter
    std::uint32_t homes = 0;   ///< of these, where streams that lanes share enter
  };
  struct Limits {
    /// From the host: its share, and what a queue of all channels passes, for those too that have no reader.
    struct Rate {
      double share = 1;
      double queue = 1;
    };
    Rate rate;         ///< words per cycle
    Rate shared_rate;  ///< of streams that lanes share, which enter in fewer columns
    std::uint64_t buffer_words = 0;
    std::uint64_t request_words = 0;  ///< of one column
    Ticks latency = 0;
  };
  /// `end`: words of the column up to and with the request's last one.
  struct Request {
    std::uint64_t end = 0;
    Ticks ready = 0;
    std::uint64_t words = 0;
    std::uint64_t room = 0;  ///< words of the buffer, those of all columns that the column stands for
  };

  /// `streams`: the stream_ins among the records, in order. All have to outlive the reader.
  ChannelReader(const Limits& limits, HostQueue& queue, const CoarseTrace& coarse,
                const std::vector<std::uint32_t>& streams)
      : limits_(limits),
        queue_(queue),
        coarse_(coarse),
        streams_(streams),
        schedule_(limits.buffer_words, limits.request_words) {}

  void add(const Member& member);
  /// True: the column's first `words` words have been asked for. `opening`: when the host may send a stream.
  [[nodiscard]] bool ask(std::uint32_t column, std::uint64_t words,
                         const std::function<Ticks(std::uint32_t)>& opening, Ticks now);
  /// Makes the next request, if there is room for it; false: not now.
  [[nodiscard]] bool ask_ahead(const std::function<Ticks(std::uint32_t)>& opening, Ticks now);
  /// Requests made so far, of all columns.
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  /// When to ask again, if the last answer was no for lack of room that will come about; kNever: for other reasons.
  [[nodiscard]] Ticks ask_again() const { return ask_again_; }
  /// The request that holds a word of those.
  [[nodiscard]] Request request_of(std::uint32_t column, std::uint64_t word) const;
  /// A column's first `words` words have entered the wafer at `time`.
  void entered(std::uint32_t column, std::uint64_t words, Ticks time);

 private:
  struct Column {
    Member member;
    Fifo<Request> requests;  ///< that have not wholly entered
    std::uint64_t asked = 0;
  };
  struct Room {
    Ticks time = 0;  ///< from when on
    std::size_t member = 0;
    std::uint64_t words = 0;
    friend bool operator>(const Room& a, const Room& b) { return a.time > b.time; }
  };

  [[nodiscard]] std::size_t member(std::uint32_t column) const { return member_of_[column]; }
  /// By how much the grid's columns ask for more than those that they stand for.
  [[nodiscard]] double surplus(const trace::Record& stream) const;
  /// Whether a request that waits for room may yet be preceded by another one.
  [[nodiscard]] bool may_come_earlier(Ticks room, Ticks now) const;
  [[nodiscard]] bool open_next(const std::function<Ticks(std::uint32_t)>& opening);
  /// Asks for the next request; false: not before more is known.
  [[nodiscard]] bool ask_next(const std::function<Ticks(std::uint32_t)>& opening, Ticks now);
  void make(const wafer::ChannelSchedule::Request& request);

  Limits limits_;
  HostQueue& queue_;
  const CoarseTrace& coarse_;
  const std::vector<std::uint32_t>& streams_;
  std::vector<Column> members_;
  std::vector<std::size_t> member_of_;  ///< by column of the grid
  std::size_t next_stream_ = 0;
  Limits::Rate rate_;  ///< of the open stream
  wafer::ChannelSchedule schedule_;
  std::priority_queue<Room, std::vector<Room>, std::greater<>> room_;  ///< that comes about
  std::uint64_t requests_ = 0;
  Ticks asked_at_ = 0;
  Ticks ask_again_ = kNever;
};

}  // namespace waferloom::burst
