// SPDX-License-Identifier: Apache-2.0
// Runs a plan's steps on the PEs: each thread in order, each step when those that it waits for are done.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "collectives/plan.hpp"
#include "core/state/state.hpp"
#include "pe/step.hpp"
#include "wafer/wavelet/wait_graph.hpp"

namespace waferloom::wafer {

class PlannedProgram final : public pe::Program, public ProgramView {
 public:
  explicit PlannedProgram(const collectives::Plan& plan) : plan_(plan), done_(plan.tiles.size()) {}

  /// `tile` is an index in the plan's tiles.
  pe::Fetch fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, pe::Step& step) override;
  void completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, std::uint64_t received) override;

  // ProgramView
  [[nodiscard]] std::vector<Waiting> waiting_threads() const override;
  [[nodiscard]] std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const override;
  [[nodiscard]] std::optional<std::uint8_t> receiver(core::Coordinate at, core::Color color) const override;

  /// Of the tiles that `has` tells of.
  [[nodiscard]] bool all_done(const std::function<bool(core::Coordinate)>& has) const;
  [[nodiscard]] core::Cycle last_end() const { return last_end_; }
  /// What a checkpoint keeps of a tile; and of the whole, where `last_end` is that of all ranks.
  void archive(core::State& state, std::uint32_t tile) { state(done_[tile]); }
  void set_last_end(core::Cycle last_end) { last_end_ = last_end; }
  /// The next step of a thread that has not run to its end; nullptr: it has run them all.
  [[nodiscard]] const collectives::PlannedStep* next(std::uint32_t tile, std::uint8_t thread) const;
  /// The first of what a step waits for that is not done.
  [[nodiscard]] const collectives::StepRef* unmet(const collectives::PlannedStep& step) const;

 private:
  /// A thread of a tile with a step to come for which `matches`.
  template <class Matches>
  [[nodiscard]] std::optional<std::uint8_t> thread_with(core::Coordinate at, const Matches& matches) const;
  /// Passes steps of a tile that move nothing and need not wait.
  void pass_empty_steps(std::uint32_t tile);

  const collectives::Plan& plan_;
  std::vector<std::array<std::uint32_t, pe::kThreads>> done_;  ///< steps, per tile and thread
  core::Cycle last_end_ = 0;
  /// The next step of a thread, where the plan makes it.
  struct Made {
    std::uint32_t index = collectives::StepRef::kNone;
    collectives::PlannedStep step;
  };
  mutable std::unordered_map<std::uint64_t, Made> made_;
};

}  // namespace waferloom::wafer
