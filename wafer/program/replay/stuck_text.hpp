// SPDX-License-Identifier: Apache-2.0
// The message of a replay that cannot go on: how far it is and what its parts wait for. The lines are the same at both
// fidelities.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "core/wavelet.hpp"
#include "wafer/program/replay/replay.hpp"

namespace waferloom::wafer {

/// That nothing can go on: when, and how much is done; `parts_done` of a replay that is not all of it.
[[nodiscard]] std::string describe_deadlock(const Replay& replay, std::uint64_t parts_done,
                                            core::Cycle cycle);
[[nodiscard]] inline std::string describe_deadlock(const Replay& replay, core::Cycle cycle) {
  return describe_deadlock(replay, replay.parts_done(), cycle);
}

/// A line about a tile of the wafer.
struct PlacedLine {
  core::Coordinate at;
  std::string text;
};
/// What each part that cannot go on waits for.
[[nodiscard]] std::vector<PlacedLine> waiting_lines(const Replay& replay);

/// What parts wait for, a dozen or so of them under `title`; empty where none do.
[[nodiscard]] std::string describe_waiting(const Replay& replay, const char* title);

}  // namespace waferloom::wafer
