// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/stuck.hpp"

#include <fmt/format.h>

#include <vector>

#include "wafer/program/limited_lines.hpp"

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

std::string describe_blocked(const StuckView& view) {
  std::vector<std::string> queues;
  std::vector<std::string> threads;
  for (const auto& [at, queue] : view.queues()) {
    queues.push_back(
        fmt::format("tile ({}, {}): {} wavelet{} of color {} from {}, waiting for {}", at.x, at.y,
                    queue.wavelets, queue.wavelets == 1 ? "" : "s", queue.color, core::name_of(queue.input),
                    queue.waits_for.empty() ? "a switch to select this input" : outputs_of(queue.waits_for)));
  }
  for (const auto& [at, thread] : view.threads()) {
    const std::string what = thread.for_input ? fmt::format("a wavelet of color {}", thread.input_color)
                             : thread.for_output
                                 ? fmt::format("space to send on color {}", thread.output_color)
                                 : std::string("the datapath");
    threads.push_back(
        fmt::format("tile ({}, {}): microthread {} waits for {}", at.x, at.y, thread.thread, what));
  }
  std::string text;
  append_limited(text, "wavelets in routers", queues);
  append_limited(text, "PEs that wait for the fabric", threads);
  return text;
}

std::string describe_lines(const StuckView& view, const char* title) {
  std::string text;
  if (title == nullptr) return text;
  std::vector<std::string> lines;
  for (const StuckView::Line& line : view.lines()) lines.push_back(line.text);
  append_limited(text, title, lines);
  return text;
}

}  // namespace

StuckError make_stuck_error(const std::string& what, const StuckView& view, Waits waits,
                            const char* lines_title) {
  const std::vector<Waiter> cycle = find_wait_cycle(view);
  std::string message = what;
  for (const std::string& part :
       {describe_cycle(cycle, waits), describe_blocked(view), describe_lines(view, lines_title)}) {
    if (!part.empty()) message += "\n" + part;
  }
  return {message, waits == Waits::for_good ? draw_cycle(cycle) : ""};
}

}  // namespace waferloom::wafer
