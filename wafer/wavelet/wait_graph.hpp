// SPDX-License-Identifier: Apache-2.0
// Who waits for whom in a run that cannot go on: router queues, microthreads and tasks, and a cycle among
// them, if that is what holds the run up.
//
//   a router's queue   waits for the next router's queue, or for the microthread that takes its color
//   a microthread      waits for whoever is to send its color, or for its router's ramp queue
//   a task             waits for another thread of its tile
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "core/wavelet.hpp"
#include "wafer/wavelet/stuck_view.hpp"

namespace waferloom::wafer {

/// One of those who wait.
struct Waiter {
  core::Coordinate at;
  std::string what;       ///< "queue of color 3 from west", "microthread 2"
  std::string waits_for;  ///< "space in the queue ...", ...
};

/// A cycle of waiters, each waiting for the next and the last for the first; empty if there is none.
[[nodiscard]] std::vector<Waiter> find_wait_cycle(const StuckView& view);

/// Whether those that wait are held up for good: nothing moves any more. A run that was ended while it went on has
/// credits and wavelets on their way, which may resolve a cycle.
enum class Waits : std::uint8_t { for_good, passing };

/// The cycle in words, hop by hop.
[[nodiscard]] std::string describe_cycle(const std::vector<Waiter>& cycle, Waits waits);
/// The cycle as a picture (SVG).
[[nodiscard]] std::string draw_cycle(const std::vector<Waiter>& cycle);

}  // namespace waferloom::wafer
