// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/stuck.hpp"

#include <fmt/format.h>

#include "wafer/program/limited_lines.hpp"
#include "wafer/program/replay/stuck_text.hpp"

namespace waferloom::wafer {

namespace {

std::string outputs_of(core::DirectionSet set) {
  std::string text;
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    if (!set.has(static_cast<core::Direction>(d))) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", core::name_of(static_cast<core::Direction>(d)));
  }
  return text;
}

}  // namespace

StuckError make_stuck_error(const std::string& what, Wafer& wafer, const ProgramView& program,
                            const std::string& details) {
  const std::vector<Waiter> cycle = find_wait_cycle(wafer, program);
  std::string message = what;
  for (const std::string& part : {describe_cycle(cycle), details}) {
    if (!part.empty()) message += "\n" + part;
  }
  return {message, draw_cycle(cycle)};
}

std::string describe_blocked(Wafer& wafer) {
  std::vector<std::string> queues;
  std::vector<std::string> threads;
  for (const auto& region : wafer.regions()) {
    for (const fabric::BlockedQueue& queue : region->routers().blocked()) {
      const core::Coordinate at = region->at(queue.tile);
      queues.push_back(fmt::format(
          "tile ({}, {}): {} wavelet{} of color {} from {}, waiting for {}", at.x, at.y, queue.wavelets,
          queue.wavelets == 1 ? "" : "s", queue.color, core::name_of(queue.input),
          queue.waits_for.empty() ? "a switch to select this input" : outputs_of(queue.waits_for)));
    }
    for (const pe::WaitingThread& thread : region->pes().waiting()) {
      const core::Coordinate at = region->at(thread.tile);
      const std::string what = thread.for_input ? fmt::format("a wavelet of color {}", thread.input_color)
                               : thread.for_output
                                   ? fmt::format("space to send on color {}", thread.output_color)
                                   : std::string("the datapath");
      threads.push_back(
          fmt::format("tile ({}, {}): microthread {} waits for {}", at.x, at.y, thread.thread, what));
    }
  }
  std::string text;
  append_limited(text, "wavelets in routers", queues);
  append_limited(text, "PEs that wait for the fabric", threads);
  return text;
}

std::string describe_stuck(Wafer& wafer, const Replay& replay) {
  std::string text = describe_blocked(wafer);
  const std::string waiting = describe_waiting(replay, "PEs that wait for other records");
  if (!text.empty() && !waiting.empty()) text += '\n';
  return text + waiting;
}

}  // namespace waferloom::wafer
