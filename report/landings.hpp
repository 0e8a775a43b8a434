// SPDX-License-Identifier: Apache-2.0
// What the Cerebras SDK's tools write of wavelets and routes, read: `landing` lines of its fabric simulator's log
// (which `observe.wavelet_log` writes too), and the routes of a compiled program as its ELF reader prints them.
//
// A landing: `@CYCLE PX.Y (hwtile) landing CCOLOR from link L, ...` with L one of R (ramp), N, S, W, E; what follows is
// not read, and neither are other lines. Routes: a line `@(X, Y): ...` for each tile, and below it lines
// `[COLOR] (RAMP|WEST) -> (EAST) ...`, the arrow in ASCII or as one character; switch positions in brackets,
// `[COLOR] [EAST -> (WEST), ...] ...`, add inputs and outputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "core/wavelet.hpp"

namespace waferloom::report {

/// A router's queue: a tile, a color and the link behind it.
struct Queue {
  core::Coordinate at;
  std::uint32_t color = 0;
  core::Direction from = core::Direction::ramp;
  friend bool operator<(const Queue& a, const Queue& b) {
    return std::tie(a.at.y, a.at.x, a.color, a.from) < std::tie(b.at.y, b.at.x, b.color, b.from);
  }
};

/// Cycles in which wavelets land in each queue, in order.
using Landings = std::map<Queue, std::vector<core::Cycle>>;

/// Throws core::InputError (`file:line: expected ..., got ...`) where a landing cannot be read, or where there is none.
[[nodiscard]] Landings read_landings(const std::filesystem::path& file);

struct PrintedRoute {
  core::DirectionSet rx;
  core::DirectionSet tx;
};
/// Of each tile and color, over all switch positions.
using PrintedRoutes =
    std::map<std::pair<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>, PrintedRoute>;

/// Routes by ((x, y), color). Throws likewise.
[[nodiscard]] PrintedRoutes read_routes(const std::filesystem::path& file);

}  // namespace waferloom::report
