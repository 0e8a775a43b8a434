// SPDX-License-Identifier: Apache-2.0
// The host's side of a trace's replay: which weights enter through which channel and when, what leaves, and
// the optimizer's updates. Stands between the trace's host records and the I/O interface.
//
// Weights are requested in the trace's order as far ahead as the channels' buffers reach (prefetch); which of a
// channel's columns comes next, and how much room it may take, is in wafer/program/channel_schedule.hpp. A host
// record starts when all that it waits for is done on all tiles.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>
#include <vector>

#include "fabric/io_interface.hpp"
#include "trace/record.hpp"
#include "wafer/program/channel_schedule.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/result/channel_traffic.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class HostStreams final : public sc_core::sc_module, public fabric::HostSchedule {
 public:
  /// `optimizer_time`: of the host, for a number of parameters.
  HostStreams(const sc_core::sc_module_name& name, Wafer& wafer, Replay& replay,
              const std::vector<trace::Record>& records, const RoutePlan& plan,
              std::function<sc_core::sc_time(std::uint64_t)> optimizer_time);

  /// Starts the processes of the optimizer and the channels; after elaboration, and after what a checkpoint kept is read.
  void start();
  /// What a checkpoint keeps, when no process has anything to do at the present time.
  void archive(core::State& state);
  /// A record is done on all tiles: host records may have waited for it.
  void tiles_done(core::Cycle cycle);
  void on_record_start(std::function<void(std::uint32_t, core::Cycle)> callback) {
    on_start_ = std::move(callback);
  }
  void on_record_done(std::function<void(std::uint32_t, core::Cycle)> callback) {
    on_done_ = std::move(callback);
  }

  [[nodiscard]] bool all_done() const;
  /// Whether the optimizer works, which ends by itself.
  [[nodiscard]] bool updating() const { return update_end_ != kNoUpdate; }
  [[nodiscard]] std::uint64_t words_in() const { return words_in_; }
  [[nodiscard]] std::uint64_t words_out() const { return words_out_; }
  [[nodiscard]] const std::vector<RecordTimes>& times() const { return times_; }
  /// What each channel carried when.
  [[nodiscard]] std::vector<ChannelTraffic> channels() const { return channel_log_.results(); }
  /// Payload sum of the words that a stream_in brought.
  [[nodiscard]] std::uint64_t fetched_sum(std::uint32_t record) const { return fetched_sum_[record]; }

  // fabric::HostSchedule
  bool next_read(std::uint32_t channel, fabric::HostRead& read) override;
  void fetched(std::uint32_t channel, const fabric::HostRead& read,
               const std::vector<std::uint32_t>& words) override;
  void entered(std::uint32_t channel, core::Color color, core::Cycle cycle) override;
  bool received(std::uint32_t channel, core::Color color, std::uint32_t data, core::Cycle cycle) override;
  void written(std::uint32_t channel, std::uint32_t words) override;

 private:
  struct ColumnStream {
    std::uint32_t column = 0;
    core::Color color = 0;
    std::uint32_t record = 0;   ///< the current one of its lane
    std::uint64_t address = 0;  ///< of its next word
  };
  struct Expected {
    std::uint32_t record;
    std::uint64_t words;
  };
  struct Entering {
    std::uint32_t record;
    std::uint64_t words;  ///< still to enter
    std::uint64_t room;   ///< that they take until the last has entered
  };
  /// Reads of one input channel: a record at a time, or all lanes of a shared stream.
  struct Reader {
    std::vector<ColumnStream> columns;
    std::size_t next_record = 0;                                  ///< in stream_ins_
    bool open = false;                                            ///< columns hold the current record
    std::optional<ChannelSchedule> schedule;                      ///< none: the channel is not used
    std::array<std::deque<Entering>, core::kMaxColors> entering;  ///< fetched, and not in the wafer yet

    void archive(core::State& state) {
      state(columns, next_record, open, entering);
      if (schedule) state(*schedule);
    }
  };
  /// Results of one output channel: per color the records in order, and the order in which words were
  /// gathered.
  struct Collector {
    bool used = false;
    std::array<std::deque<Expected>, core::kMaxColors> expected;
    std::deque<Expected> gathered;

    void archive(core::State& state) { state(expected, gathered); }
  };

  [[nodiscard]] bool may_start(const trace::Record& record) const;
  [[nodiscard]] bool open_next(Reader& reader);
  void open_lane(const trace::Record& record, Reader& reader);
  [[nodiscard]] static std::size_t column_of(const Reader& reader, core::Color color);
  void update_loop();
  void finish(std::uint32_t record, core::Cycle cycle);

  Wafer& wafer_;
  Replay& replay_;
  const std::vector<trace::Record>& records_;
  std::function<sc_core::sc_time(std::uint64_t)> optimizer_time_;
  std::vector<std::uint32_t> stream_ins_;
  std::vector<std::uint32_t> updates_;
  std::vector<std::uint64_t> base_address_;
  std::vector<Reader> readers_;
  std::vector<Collector> collectors_;
  std::vector<std::uint64_t> outstanding_;  ///< words of a record still to come or go
  std::vector<std::uint64_t> fetched_sum_;
  std::vector<RecordTimes> times_;
  ChannelLog channel_log_;
  std::uint64_t words_in_ = 0;
  std::uint64_t words_out_ = 0;
  static constexpr std::uint64_t kNoUpdate = ~std::uint64_t{0};
  std::size_t next_update_ = 0;           ///< in updates_: the one that waits or is under way
  std::uint64_t update_end_ = kNoUpdate;  ///< of the kernel's time
  sc_core::sc_event changed_;
  std::function<void(std::uint32_t, core::Cycle)> on_start_;
  std::function<void(std::uint32_t, core::Cycle)> on_done_;
};

}  // namespace waferloom::wafer
