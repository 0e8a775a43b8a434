// SPDX-License-Identifier: Apache-2.0
// The host, its channels and the records of a trace where ranks share a wafer: rank 0 has the host and keeps the
// records' times, while channels and tiles are where their regions are.
//
//   to rank 0   what entered and left through channels in a cycle, and which records began and ended on a rank's tiles.
//               The host learns of it in that cycle, after all regions have run, as in one process.
//   to all      which of the host's records are done: tiles go on in the next cycle. When counters have to be read.
//   to one      words from the host for a channel, which enter in the next cycle at the earliest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ranks/partition.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/wavelet/monitor.hpp"
#include "wafer/wavelet/shared/shared_run.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

class HostLink final : public SharedRun::Guest {
 public:
  /// `program`: the tiles of the trace.
  HostLink(Wafer& wafer, const ranks::Share& share, Replay& replay, GroupMonitor& monitor,
           const std::vector<trace::Record>& records, core::Rectangle program, const RoutePlan& plan);

  /// On rank 0: a record has begun on the first of its tiles, or is done on all.
  void on_record(std::function<void(std::uint32_t, core::Cycle)> started,
                 std::function<void(std::uint32_t, core::Cycle)> done) {
    on_start_ = std::move(started);
    on_done_ = std::move(done);
  }
  /// On all ranks, once what a checkpoint kept is read: which records have begun, and on whose tiles they are done.
  void take_up(const std::vector<bool>& started);
  // SharedRun::Guest
  void report(ranks::Packer& to) override;
  void take_report(int rank, std::span<const std::byte> report, core::Cycle cycle) override;
  [[nodiscard]] bool has_orders() override;
  void give_orders(ranks::Packer& to) override;
  void obey(ranks::Unpacker& orders) override;
  [[nodiscard]] std::uint64_t parts_done() const override { return replay_.parts_done(); }

 private:
  enum class What : std::uint8_t { entered, left, record_started, record_done };
  struct Event {
    std::uint32_t number;  ///< of the channel or record
    std::uint32_t data;
    What what;
    core::Color color;
  };
  struct HostDone {
    std::uint32_t record;
    core::Cycle cycle;
  };
  struct Push {
    std::uint32_t channel;
    core::Color color;
    core::Cycle ready;
    std::vector<std::uint32_t> words;
  };

  void watch_channels(const RoutePlan& plan);
  void stand_for_channels();
  [[nodiscard]] int owner_of(std::size_t region) const { return share_.partition.owner[region]; }
  void count_ranks(const std::vector<trace::Record>& records, core::Rectangle program);

  Wafer& wafer_;
  const ranks::Share& share_;
  Replay& replay_;
  GroupMonitor& monitor_;
  std::vector<Event> events_;  ///< since the last report
  // Of rank 0.
  std::vector<bool> started_;              ///< by record
  std::vector<std::uint32_t> ranks_left_;  ///< by record: on whose tiles it is not done
  std::vector<HostDone> host_done_;        ///< since the last orders
  std::vector<std::vector<Push>> pushes_;  ///< by rank, the same
  std::vector<std::uint32_t> receivers_;   ///< ranks for which there are pushes
  std::function<void(std::uint32_t, core::Cycle)> on_start_;
  std::function<void(std::uint32_t, core::Cycle)> on_done_;
};

}  // namespace waferloom::wafer
