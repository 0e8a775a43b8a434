// SPDX-License-Identifier: Apache-2.0
// Flows of chains and the queues of a PE: which way a flow goes along its axis, by which queue it comes in and by
// which it goes out. The one table of it, for routes, steps and both fidelities.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/direction.hpp"
#include "trace/record.hpp"

namespace waferloom::wafer {

/// Up: towards higher index, east or south.
enum class Flow : std::uint8_t { up, down };

/// Queues of the PE by use; a microthread has the number of its input queue. The flows that carry most get
/// the deepest queues.
struct QueueUse {
  static constexpr std::uint8_t weights = 0;
  static constexpr std::uint8_t up_x = 1;
  static constexpr std::uint8_t down_x = 2;
  static constexpr std::uint8_t up_y = 3;
  static constexpr std::uint8_t down_y = 4;
  static constexpr std::uint8_t copies = 5;  ///< weights that come from another lane
  static constexpr std::uint8_t out_up_x = 2;
  static constexpr std::uint8_t out_down_x = 3;
  static constexpr std::uint8_t out_up_y = 0;
  static constexpr std::uint8_t out_down_y = 1;
  static constexpr std::uint8_t out_results = 4;
  static constexpr std::uint8_t out_copies = 5;
};

/// A flow along an axis.
struct FlowWay {
  trace::Axis axis = trace::Axis::x;
  Flow flow = Flow::up;
  core::Direction ahead = core::Direction::east;
  std::uint8_t input = 0;  ///< queue, and with it the microthread that runs the flow
  std::uint8_t output = 0;
};

inline constexpr std::array<FlowWay, 4> kFlowWays{{
    {trace::Axis::x, Flow::up, core::Direction::east, QueueUse::up_x, QueueUse::out_up_x},
    {trace::Axis::x, Flow::down, core::Direction::west, QueueUse::down_x, QueueUse::out_down_x},
    {trace::Axis::y, Flow::up, core::Direction::south, QueueUse::up_y, QueueUse::out_up_y},
    {trace::Axis::y, Flow::down, core::Direction::north, QueueUse::down_y, QueueUse::out_down_y},
}};

[[nodiscard]] constexpr const FlowWay& way_of(trace::Axis axis, Flow flow) {
  return kFlowWays[(axis == trace::Axis::x ? 0U : 2U) + (flow == Flow::up ? 0U : 1U)];
}

/// Place in kFlowWays of the flow that comes in by a queue; none: no flow does.
[[nodiscard]] constexpr std::optional<std::uint8_t> flow_into(std::uint8_t queue) {
  for (std::size_t i = 0; i < kFlowWays.size(); ++i) {
    if (kFlowWays[i].input == queue) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

/// The same of the one that goes out by a queue.
[[nodiscard]] constexpr std::optional<std::uint8_t> flow_out_of(std::uint8_t queue) {
  for (std::size_t i = 0; i < kFlowWays.size(); ++i) {
    if (kFlowWays[i].output == queue) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

/// Whether a queue brings weights, from the host or from another lane.
[[nodiscard]] constexpr bool brings_weights(std::uint8_t queue) {
  return queue == QueueUse::weights || queue == QueueUse::copies;
}

}  // namespace waferloom::wafer
