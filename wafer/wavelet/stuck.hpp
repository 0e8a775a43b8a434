// SPDX-License-Identifier: Apache-2.0
// Tells why a run cannot go on: which tiles and colors hold wavelets that nobody takes, and what the PEs wait
// for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "trace/record.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/wavelet/wafer.hpp"
#include "wafer/wavelet/wait_graph.hpp"

namespace waferloom::wafer {

/// A run that cannot go on, with a picture (SVG) of those that wait for each other; empty if none do.
class StuckError : public core::SimulationError {
 public:
  StuckError(const std::string& message, std::string picture)
      : SimulationError(message), picture_(std::move(picture)) {}
  [[nodiscard]] const std::string& picture() const noexcept { return picture_; }

 private:
  std::string picture_;
};

/// `what` happened, the cycle of those that wait for each other if there is one, and `details`.
[[nodiscard]] StuckError make_stuck_error(const std::string& what, Wafer& wafer, const ProgramView& program,
                                          const std::string& details);

/// Wavelets in routers and PEs that wait for them or for space. Several lines for people.
[[nodiscard]] std::string describe_blocked(Wafer& wafer);

/// The same, and what the replay's records wait for. Several lines for people; at most some dozen of each kind.
[[nodiscard]] std::string describe_stuck(Wafer& wafer, const Replay& replay);

}  // namespace waferloom::wafer
