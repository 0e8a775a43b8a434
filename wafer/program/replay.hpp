// SPDX-License-Identifier: Apache-2.0
// Replays a traffic trace on the wafer: turns its records into the steps that each PE's threads run, tile by
// tile and block by block, and keeps the records' dependencies.
//
// Dependencies are local to a tile, as on the machine: a step starts when this tile's parts of what it waits
// for are done. Microthreads keep the trace's order, as the wavelets of a color must; the main thread runs
// whichever task of the next few has what it needs, as the hardware's scheduler does. What the host does
// (weights in, gradients out, optimizer) is in wafer/wavelet/host_streams.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/geometry.hpp"
#include "pe/step.hpp"
#include "trace/record.hpp"
#include "wafer/program/chain.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/program_view.hpp"
#include "wafer/program/record_times.hpp"
#include "wafer/program/route_plan.hpp"
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

class Replay final : public pe::Program, public ProgramView {
 public:
  /// `scales`: what the lines of each record stand for; none: for themselves.
  Replay(TileServices& services, const Hardware& hardware, core::Rectangle program,
         const std::vector<trace::Record>& records, const Grouping& grouping,
         std::vector<LineScale> scales = {});

  /// Loads the programs into the PEs; routes are laid already. The plan has to outlive the replay.
  void load(const RoutePlan& plan);

  /// Called when the last part of a record on any tile is done, and when one starts.
  void on_record_done(std::function<void(std::uint32_t record, core::Cycle)> callback) {
    on_done_ = std::move(callback);
  }
  void on_record_start(std::function<void(std::uint32_t record, core::Cycle)> callback) {
    on_start_ = std::move(callback);
  }
  /// The host's part of a record is done; tiles that wait for it go on.
  void host_done(std::uint32_t record, core::Cycle cycle);
  [[nodiscard]] bool is_done(std::uint32_t record) const { return times_[record].done; }
  [[nodiscard]] const std::vector<RecordTimes>& times() const { return times_; }
  /// Parts (of all tiles and records) done and in all, for progress.
  [[nodiscard]] std::uint64_t parts_done() const { return parts_done_; }
  [[nodiscard]] std::uint64_t parts() const { return parts_; }
  /// Payload sum that the PEs took in from a stream_in.
  [[nodiscard]] std::uint64_t consumed(std::uint32_t stream) const { return consumed_[stream]; }
  [[nodiscard]] std::vector<WaitingPart> waiting() const;
  /// Tensors in the SRAM of a tile of the wafer, for messages.
  [[nodiscard]] std::string tensors_at(core::Coordinate at) const;

  // ProgramView
  [[nodiscard]] std::vector<Waiting> waiting_threads() const override;
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override;
  /// Queues are bound as the program is loaded.
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate, core::Color) const override {
    return std::nullopt;
  }

  // pe::Program
  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, pe::Step& step) override;
  void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, std::uint64_t received) override;

 private:
  struct Live {
    std::uint32_t tensor;
    std::uint32_t address;
  };
  struct Cursor {
    std::uint32_t position = 0;  ///< in the tile's list for the thread
    std::uint64_t step = 0;      ///< of the current record's part
    std::uint64_t steps = 0;
    bool entered = false;                     ///< steps is valid
    std::uint64_t expected = 0;               ///< payload that the running step should take in
    std::uint32_t record = trace::kNoRecord;  ///< of the running step
  };
  struct TileState {
    std::array<Cursor, pe::kThreads> cursors;
    std::vector<Live> live;
  };
  /// Steps done by the up (or only) and the down thread, per tile and record.
  struct Done {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
    bool begun = false;
    bool finished = false;
  };

  [[nodiscard]] pe::Fetch fetch_stream(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                                       pe::Step& step);
  [[nodiscard]] pe::Fetch fetch_task(std::uint32_t tile, core::Cycle cycle, pe::Step& step);
  /// The threads that run a record on a tile; equal where there is one only.
  struct ThreadPair {
    std::uint8_t up;
    std::uint8_t down;
  };
  [[nodiscard]] ThreadPair threads_of(const trace::Record& record, std::uint32_t tile) const;
  [[nodiscard]] bool takes_part(const trace::Record& record, std::uint32_t tile) const;
  [[nodiscard]] core::Coordinate relative(std::uint32_t tile, const trace::Record& record) const;
  [[nodiscard]] ChainPlace place(const trace::Record& record, std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t steps_of(const trace::Record& record, std::uint32_t tile,
                                       std::uint8_t thread) const;
  [[nodiscard]] std::uint64_t block_of(const trace::Record& record, std::uint32_t tile,
                                       std::uint64_t ordinal) const;
  [[nodiscard]] std::uint64_t progress(const trace::Record& record, std::uint32_t tile) const;
  /// The first dependency of block `ordinal` that is not met, or nullptr.
  [[nodiscard]] const trace::Dependency* unmet(const trace::Record& record, std::uint32_t tile,
                                               std::uint64_t ordinal) const;
  [[nodiscard]] bool is_met(std::uint32_t tile, const trace::Dependency& dependency,
                            std::uint64_t ordinal) const;
  /// Which thread of a tile holds up who waits for a dependency that is not met.
  [[nodiscard]] std::uint8_t thread_behind(const trace::Dependency& dependency, std::uint32_t tile,
                                           std::uint64_t ordinal) const;
  [[nodiscard]] bool begin(const trace::Record& record, std::uint32_t tile, core::Cycle cycle);
  void part_done(const trace::Record& record, std::uint32_t tile, core::Cycle cycle);
  void finish_on_tile(const trace::Record& record, std::uint32_t tile, core::Cycle cycle);
  /// Fills `step`; false when the block has no work here.
  [[nodiscard]] bool make_step(const trace::Record& record, std::uint32_t tile, std::uint8_t thread,
                               std::uint64_t index, pe::Step& step, Cursor& cursor) const;
  [[nodiscard]] bool make_chain_step(const trace::Record& record, std::uint32_t tile, Flow flow,
                                     std::uint64_t index, pe::Step& step, Cursor& cursor) const;
  [[nodiscard]] bool make_compute_step(const trace::Record& record, std::uint32_t tile, std::uint64_t index,
                                       pe::Step& step) const;
  /// Whether the operands lie in banks that cannot be read together.
  [[nodiscard]] bool operands_conflict(const trace::Record& record, std::uint32_t tile) const;
  [[nodiscard]] std::uint64_t ordinal_of(const trace::Record& record, std::uint32_t tile, std::uint8_t thread,
                                         std::uint64_t index) const;
  /// Of a tile that takes part.
  [[nodiscard]] std::size_t done_place(std::uint32_t tile, std::uint32_t record) const {
    const core::Coordinate at = relative(tile, records_[record]);
    return first_done_[record] + std::size_t{at.y} * records_[record].area.width + at.x;
  }
  [[nodiscard]] Done& done(std::uint32_t tile, std::uint32_t record) {
    return done_[done_place(tile, record)];
  }
  [[nodiscard]] const Done& done(std::uint32_t tile, std::uint32_t record) const {
    return done_[done_place(tile, record)];
  }
  /// Sorts the tiles by which of the records' areas they lie in, and each record into its threads' lists.
  void make_lists();
  [[nodiscard]] const std::vector<std::uint32_t>& records_of(std::uint32_t tile, std::uint8_t thread) const {
    return thread_records_[kind_of_tile_[tile]][thread];
  }
  [[nodiscard]] std::uint32_t tile_at(core::Coordinate at) const {
    return (at.y - program_.y) * program_.width + (at.x - program_.x);
  }
  [[nodiscard]] core::Coordinate on_wafer(std::uint32_t tile) const {
    return {program_.x + tile % program_.width, program_.y + tile / program_.width};
  }
  /// Something was done without a step: the tile's other threads may go on.
  void ask_again(std::uint32_t tile, core::Cycle cycle);
  std::uint32_t tensor_id(const std::string& name);

  TileServices& services_;
  const Hardware& hardware_;
  core::Rectangle program_;
  const RoutePlan* plan_ = nullptr;
  const std::vector<trace::Record>& records_;
  const Grouping& grouping_;
  std::vector<LineScale> scales_;
  using ThreadRecords = std::array<std::vector<std::uint32_t>, pe::kThreads>;
  std::vector<ThreadRecords> thread_records_;  ///< by kind of tile
  std::vector<std::uint32_t> kind_of_tile_;
  std::vector<TileState> tiles_;
  std::vector<std::size_t> first_done_;  ///< of each record, in done_
  std::vector<Done> done_;               ///< by record and tile of its area
  std::vector<RecordTimes> times_;
  std::vector<std::uint64_t> record_parts_;  ///< tiles on which a record is not finished
  std::vector<std::uint64_t> consumed_;
  std::unordered_map<std::string, std::uint32_t> tensor_ids_;
  std::vector<std::vector<std::uint32_t>> allocates_;  ///< tensor ids per record
  std::vector<std::vector<std::uint32_t>> frees_;
  std::vector<std::vector<std::uint32_t>> operands_;
  std::uint64_t parts_ = 0;
  std::uint64_t parts_done_ = 0;
  std::function<void(std::uint32_t, core::Cycle)> on_done_;
  std::function<void(std::uint32_t, core::Cycle)> on_start_;
};

}  // namespace waferloom::wafer
