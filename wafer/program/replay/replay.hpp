// SPDX-License-Identifier: Apache-2.0
// Replays a traffic trace on the wafer: gives each PE's threads the steps of the trace's records, tile by tile and
// block by block, as soon as what they wait for is done.
//
// Dependencies are local to a tile, as on the machine: a step starts when this tile's parts of what it waits
// for are done. Microthreads keep the trace's order, as the wavelets of a color must; the main thread runs
// whichever task of the next few has what it needs, as the hardware's scheduler does. What the host does
// (weights in, gradients out, optimizer) is in wafer/wavelet/host_streams and wafer/burst/engine/host.
//
//   record_parts   where each tile stands in each record, and which threads run it
//   thread_lists   which records a thread runs, in which order
//   part_progress  how far each part is, and who waits for whom
//   step_maker     what a thread does for a block
//   sram_ledger    which tensors lie in a tile's SRAM
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "pe/step.hpp"
#include "trace/record.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/replay/part_progress.hpp"
#include "wafer/program/replay/record_parts.hpp"
#include "wafer/program/replay/record_set.hpp"
#include "wafer/program/replay/sram_ledger.hpp"
#include "wafer/program/replay/step_maker.hpp"
#include "wafer/program/replay/thread_lists.hpp"
#include "wafer/program/step_share.hpp"
#include "wafer/program/tile_services.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

/// A thread of a tile that cannot go on because of a dependency or for lack of SRAM.
struct WaitingPart {
  core::Coordinate at;
  std::uint32_t record = 0;
  std::uint64_t ordinal = 0;
  std::uint32_t waits_for = trace::kNoRecord;  ///< record; kNoRecord: SRAM
  std::uint8_t thread = 0;
  std::uint8_t waits_for_thread = pe::kMainThread;  ///< of that record
};

class Replay final : public pe::Program, public StepShares {
 public:
  /// `scales`: what the lines of each record stand for; none: for themselves.
  Replay(TileServices& services, const Hardware& hardware, core::Rectangle program,
         const std::vector<trace::Record>& records, const Grouping& grouping,
         const std::vector<LineScale>& scales = {});

  /// Called when the last part of a record on any tile is done, and when one starts.
  void on_record_done(std::function<void(std::uint32_t record, core::Cycle)> callback) {
    on_done_ = std::move(callback);
  }
  void on_record_start(std::function<void(std::uint32_t record, core::Cycle)> callback) {
    on_start_ = std::move(callback);
  }
  /// See PartProgress. What waiting() tells is of those tiles.
  void keep(const std::function<bool(std::uint32_t tile)>& has) {
    has_ = has;
    progress_.keep(has);
  }
  void done_everywhere(std::uint32_t record, core::Cycle cycle) { progress_.done_everywhere(record, cycle); }
  /// The host's part of a record is done; tiles that wait for it go on.
  void host_done(std::uint32_t record, core::Cycle cycle);
  /// Called when it is.
  void on_host_done(std::function<void(std::uint32_t record, core::Cycle)> callback) {
    on_host_done_ = std::move(callback);
  }
  [[nodiscard]] const std::vector<RecordTimes>& times() const { return progress_.times(); }
  [[nodiscard]] const std::vector<trace::Record>& records() const { return parts_.records(); }
  /// Parts (of all tiles and records) done and in all, for progress.
  [[nodiscard]] std::uint64_t parts_done() const { return progress_.finished(); }
  [[nodiscard]] std::uint64_t parts() const { return parts_.size(); }
  /// Payload sum that the PEs took in from a stream_in.
  [[nodiscard]] std::uint64_t consumed(std::uint32_t stream) const { return consumed_[stream]; }
  [[nodiscard]] std::vector<WaitingPart> waiting() const;
  /// Tensors in the SRAM of a tile of the wafer, for messages.
  [[nodiscard]] std::string tensors_at(core::Coordinate at) const {
    return sram_.tensors_at(parts_.tile_at(at));
  }

  /// What a checkpoint keeps of a tile (wafer/program/replay/replay_archive.cpp), and of the sums over the tiles here. The
  /// times of records are set.
  void archive(core::State& state, std::uint32_t tile);
  [[nodiscard]] std::vector<std::uint64_t>& consumed_sums() { return consumed_; }
  void set_times(std::uint32_t record, const RecordTimes& times) { progress_.set_times(record, times); }
  /// Whether all of a record's parts on the tiles here are finished.
  [[nodiscard]] bool is_done_here(std::uint32_t record) const { return progress_.open(record) == 0; }

  // pe::Program
  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, pe::Step& step) override;
  void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, std::uint64_t received) override;

  // StepShares
  [[nodiscard]] StepShare share(std::uint32_t tile, std::uint8_t thread) const override;
  [[nodiscard]] std::uint32_t idle(std::uint32_t tile) const override { return waits_[tile].threads; }

 private:
  struct Cursor {
    std::uint32_t position = 0;  ///< in the tile's list for the thread
    std::uint32_t step = 0;      ///< of the current record's part
    /// Of the step that runs: its record, its own block, and the payload that it should take in.
    std::uint32_t record = trace::kNoRecord;
    std::uint32_t own_block = kNoBlock;
    std::uint64_t expected = 0;
  };
  using Cursors = std::array<Cursor, pe::kThreads>;
  /// Why a thread was given no step the last time. Until one of these goes on, the answer stays the same.
  struct Waits {
    std::array<RecordSet, pe::kThreads> behind;
    std::uint32_t threads = 0;  ///< that were given none, a bit each
  };
  /// Tasks that could not start when the main thread looked at them, by their position in its list, and what each
  /// waits for. `moved`: what has gone on since.
  struct WaitingTasks {
    static constexpr std::size_t kPlaces = 8;
    static constexpr std::uint32_t kNone = 0xffffffff;
    RecordSet moved;
    std::array<RecordSet, kPlaces> behind;
    std::array<std::uint32_t, kPlaces> position{kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};
    /// Tasks for which something has moved are looked at again.
    void forget_moved() {
      for (std::size_t i = 0; i < kPlaces; ++i) position[i] = behind[i].may_meet(moved) ? kNone : position[i];
      moved.clear();
    }
  };

  [[nodiscard]] pe::Fetch fetch_stream(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                                       pe::Step& step, RecordSet& behind);
  [[nodiscard]] pe::Fetch fetch_task(std::uint32_t tile, core::Cycle cycle, pe::Step& step,
                                     RecordSet& behind);
  /// Steps of a task that can start now; blocks without work are passed, which `passed` tells. False: none can, and `behind`
  /// is why.
  [[nodiscard]] bool start_task(const Part& part, core::Cycle cycle, pe::Step& step, bool& passed,
                                RecordSet& behind);
  /// Whether a block of a part can start, which begins the part. False: `behind` is why.
  [[nodiscard]] bool can_start(const Part& part, std::uint64_t ordinal, core::Cycle cycle, RecordSet& behind);
  /// False: there is no room in SRAM for what the part allocates.
  [[nodiscard]] bool begin(const Part& part, core::Cycle cycle);
  /// A record went on at a tile: who waits for it is asked again.
  void went_on(std::uint32_t tile, std::uint32_t record);
  /// Hands out the step; false: the block has no work here.
  [[nodiscard]] bool give_step(const Part& part, Flow flow, const ChainStep& chain, Cursor& cursor,
                               pe::Step& step) const;
  /// A step is done, or a block had none.
  void count_step(const Part& part, Flow flow, core::Cycle cycle);
  void finish(const Part& part, core::Cycle cycle);

  TileServices& services_;
  const Hardware& hardware_;
  RecordParts parts_;
  ThreadLists lists_;
  PartProgress progress_;
  StepMaker maker_;
  SramLedger sram_;
  std::vector<Cursors> cursors_;  ///< by tile
  std::vector<Waits> waits_;
  std::vector<WaitingTasks> waiting_tasks_;
  std::vector<std::uint64_t> consumed_;
  std::function<bool(std::uint32_t)> has_;  ///< none: all tiles are replayed here
  std::function<void(std::uint32_t, core::Cycle)> on_done_;
  std::function<void(std::uint32_t, core::Cycle)> on_start_;
  std::function<void(std::uint32_t, core::Cycle)> on_host_done_;
};

}  // namespace waferloom::wafer
