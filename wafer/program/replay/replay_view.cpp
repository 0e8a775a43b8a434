// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/replay_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace waferloom::wafer {

std::vector<ProgramView::Waiting> ReplayView::waiting_threads() const {
  std::vector<Waiting> result;
  for (const WaitingPart& part : replay_.waiting()) {
    Waiting waiting{part.at, part.thread, std::nullopt, {}};
    if (part.waits_for == trace::kNoRecord) {
      waiting.reason = fmt::format("free SRAM, where there are {}", replay_.tensors_at(part.at));
    } else {
      const trace::Record& target = replay_.records()[part.waits_for];
      if (!trace::is_of_host(target.kind)) waiting.on = part.waits_for_thread;
      waiting.reason = fmt::format("record {} ({})", target.id, target.name);
    }
    result.push_back(std::move(waiting));
  }
  return result;
}

std::optional<std::uint8_t> ReplayView::sender(core::Coordinate at, core::Color color) const {
  if (!program_.contains(at)) return std::nullopt;
  const std::size_t tile = std::size_t{at.y - program_.y} * program_.width + (at.x - program_.x);
  for (const pe::QueueBinding& binding : plan_.outputs(tile)) {
    if (binding.color == color) return thread_into(binding.queue, plan_.inputs(tile));
  }
  return std::nullopt;
}

std::uint8_t ReplayView::thread_into(std::uint8_t queue, const std::vector<pe::QueueBinding>& inputs) const {
  if (const auto flow = flow_out_of(queue)) return kFlowWays[*flow].input;
  if (queue == QueueUse::out_copies) {
    const bool taps = std::any_of(inputs.begin(), inputs.end(), [](const pe::QueueBinding& input) {
      return input.queue == QueueUse::copies;
    });
    return taps ? QueueUse::copies : QueueUse::weights;
  }
  // Results come with the flow towards the edge.
  const bool north = hardware_.io.output_edge == fabric::Edge::north;
  return way_of(trace::Axis::y, north ? Flow::down : Flow::up).input;
}

}  // namespace waferloom::wafer
