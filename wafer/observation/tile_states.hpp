// SPDX-License-Identifier: Apache-2.0
// When the PEs of chosen tiles did what, for the timeline: the states of a waveform with the operation that they belong
// to. Idle times are left out. Time is cut into slots of `resolution` cycles. Each slot shows the state that took most of
// it, so that a state which changes every other cycle does not make a slice of each; a resolution of 1 is exact.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/geometry.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "pe/pe_state.hpp"

namespace waferloom::wafer {

struct TileState {
  core::Coordinate at;
  core::Cycle start = 0;
  core::Cycle end = 0;
  pe::PeState state = pe::PeState::idle;
  std::uint32_t group = pe::PeView::kNoTag;  ///< of records (wafer/program/groups.hpp)
};

/// Joins what a tile shows from moment to moment to spans of time. Spans that touch and are alike are one.
class TileStates {
 public:
  /// Cycles from `from` to before `to` are kept.
  TileStates(std::vector<core::Coordinate> tiles, core::Cycle from, core::Cycle to, std::uint32_t resolution)
      : from_(from), to_(to), resolution_(resolution), present_(tiles.size()), tiles_(std::move(tiles)) {}

  [[nodiscard]] const std::vector<core::Coordinate>& tiles() const { return tiles_; }
  [[nodiscard]] core::Cycle to() const { return to_; }
  /// The tile of this number shows a state from `cycle` on.
  void show(std::size_t number, core::Cycle cycle, pe::PeState state, std::uint32_t group);
  /// Throws core::InputError where the run's end comes before the first cycle that is kept.
  void check_window(core::Cycle end) const;
  void finish(core::Cycle cycle);
  /// By tile and time.
  [[nodiscard]] const std::vector<TileState>& spans() const { return spans_; }

  /// The same for those of the tiles that a rank has; and what all ranks have seen of theirs, by tile and time.
  [[nodiscard]] TileStates of(const std::function<bool(core::Coordinate)>& has) const;
  void set_spans(std::vector<TileState> spans);
  /// What a checkpoint keeps of a tile.
  void archive(core::State& state, std::size_t number);

 private:
  struct Shown {
    pe::PeState state = pe::PeState::idle;
    std::uint32_t group = pe::PeView::kNoTag;
    friend bool operator==(const Shown&, const Shown&) = default;
  };
  struct Share {
    Shown shown;
    core::Cycle cycles = 0;
  };
  struct Present {
    Shown shown;
    core::Cycle since = 0;
    std::vector<Share> slot;  ///< of the slot under way
    std::vector<TileState> spans;

    void archive(core::State& state) { state(shown, since, slot, spans); }
  };
  void pass(std::size_t number, core::Cycle start, core::Cycle end);
  void close_slot(std::size_t number, core::Cycle start, core::Cycle end);
  void append(std::size_t number, const Shown& shown, core::Cycle start, core::Cycle end);
  [[noreturn]] void fail_many(core::Cycle start) const;

  core::Cycle from_;
  core::Cycle to_;
  core::Cycle resolution_;
  std::vector<Present> present_;
  std::vector<core::Coordinate> tiles_;
  std::uint64_t count_ = 0;  ///< of spans so far
  std::vector<TileState> spans_;
};

}  // namespace waferloom::wafer
