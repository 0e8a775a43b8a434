// SPDX-License-Identifier: Apache-2.0
// Flows by their number, their place in wafer::kFlowWays, and threads by what they do.
#pragma once

#include <cstdint>

#include "core/direction.hpp"
#include "fabric/parameters.hpp"
#include "pe/step.hpp"
#include "trace/record.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::burst {

[[nodiscard]] inline core::Direction ahead_of(std::uint8_t flow) { return wafer::kFlowWays[flow].ahead; }

/// The thread that runs a flow at each tile.
[[nodiscard]] inline std::uint8_t thread_of(std::uint8_t flow) { return wafer::kFlowWays[flow].input; }

[[nodiscard]] inline bool runs_along(trace::Axis axis, std::uint8_t flow) {
  return wafer::kFlowWays[flow].axis == axis;
}

[[nodiscard]] inline bool takes_weights(const pe::Step& step) { return wafer::brings_weights(step.input); }

/// The threads that take weights, a bit each.
inline constexpr std::uint32_t kTakers = (1U << wafer::QueueUse::weights) | (1U << wafer::QueueUse::copies);

[[nodiscard]] inline core::Direction towards(fabric::Edge edge) {
  return edge == fabric::Edge::north ? core::Direction::north : core::Direction::south;
}

}  // namespace waferloom::burst
