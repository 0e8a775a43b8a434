// SPDX-License-Identifier: Apache-2.0
// Tells why a run cannot go on: which tiles and colors hold wavelets that nobody takes, and what the PEs wait
// for.
#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"
#include "wafer/wavelet/stuck_view.hpp"
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

/// `what` happened, the cycle of those that wait for each other if there is one, the wavelets in routers, the PEs that
/// wait for them or for space, and what the program has to say under `lines_title`. At most some dozen of each kind.
/// There is a picture where waits are for good.
[[nodiscard]] StuckError make_stuck_error(const std::string& what, const StuckView& view, Waits waits,
                                          const char* lines_title = nullptr);

}  // namespace waferloom::wafer
