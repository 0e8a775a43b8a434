// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/stuck_text.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "wafer/program/limited_lines.hpp"

namespace waferloom::wafer {

std::string describe_deadlock(const Replay& replay, std::uint64_t parts_done, core::Cycle cycle) {
  return fmt::format("deadlock in cycle {}: {} of {} parts of the trace are done", cycle, parts_done,
                     replay.parts());
}

std::vector<PlacedLine> waiting_lines(const Replay& replay) {
  const auto name = [&](std::uint32_t record) {
    return fmt::format("record {} ({})", record, replay.records()[record].name);
  };
  std::vector<PlacedLine> lines;
  for (const WaitingPart& part : replay.waiting()) {
    const std::string what = part.waits_for == trace::kNoRecord
                                 ? fmt::format("free SRAM, where there are {}", replay.tensors_at(part.at))
                                 : name(part.waits_for);
    lines.push_back({part.at, fmt::format("tile ({}, {}): block {} of {} waits for {}", part.at.x, part.at.y,
                                          part.ordinal, name(part.record), what)});
  }
  return lines;
}

std::string describe_waiting(const Replay& replay, const char* title) {
  std::vector<std::string> lines;
  for (PlacedLine& line : waiting_lines(replay)) lines.push_back(std::move(line.text));
  std::string text;
  append_limited(text, title, lines);
  return text;
}

}  // namespace waferloom::wafer
