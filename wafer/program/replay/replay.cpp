// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay/replay.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace waferloom::wafer {

using core::Cycle;
using trace::Dependency;
using trace::Kind;
using trace::Record;

namespace {

/// Unfinished records among which the main thread looks for a task that can run.
constexpr std::uint32_t kTaskWindow = 8;

}  // namespace

Replay::Replay(TileServices& services, const Hardware& hardware, core::Rectangle program,
               const std::vector<Record>& records, const Grouping& grouping,
               const std::vector<LineScale>& scales)
    : services_(services),
      hardware_(hardware),
      parts_(program, records, scales),
      lists_(parts_),
      progress_(parts_),
      maker_(hardware.pe, parts_, grouping.of_record),
      sram_(services, parts_),
      cursors_(program.area()),
      waits_(program.area()),
      waiting_tasks_(program.area()),
      consumed_(records.size()) {}

void Replay::host_done(std::uint32_t record, Cycle cycle) {
  progress_.host_done(record, cycle);
  for (Waits& each : waits_) each.threads = 0;
  for (WaitingTasks& each : waiting_tasks_) each.position.fill(WaitingTasks::kNone);
  for (std::uint32_t tile = 0; tile < parts_.tiles(); ++tile) services_.resume(tile, cycle);
  if (on_host_done_) on_host_done_(record, cycle);
}

void Replay::went_on(std::uint32_t tile, std::uint32_t record) {
  Waits& of_tile = waits_[tile];
  std::uint32_t go_on = 0;
  for (std::size_t i = 0; i < pe::kThreads; ++i) {
    go_on |= (of_tile.behind[i].may_hold(record) ? 1U : 0U) << i;
  }
  of_tile.threads &= ~go_on;
  waiting_tasks_[tile].moved.add(record);
}

bool Replay::can_start(const Part& part, std::uint64_t ordinal, Cycle cycle, RecordSet& behind) {
  if (progress_.unmet(part, ordinal, behind) != nullptr) return false;
  if (begin(part, cycle)) return true;
  behind.add_all();  // any of them may release SRAM
  return false;
}

bool Replay::begin(const Part& part, Cycle cycle) {
  if (progress_.has_begun(part)) return true;
  if (!sram_.allocate(part)) return false;
  went_on(part.tile, part.record.id);
  if (progress_.begin(part, cycle) && on_start_) on_start_(part.record.id, cycle);
  return true;
}

void Replay::count_step(const Part& part, Flow flow, Cycle cycle) {
  progress_.count_step(part, flow);
  went_on(part.tile, part.record.id);
  if (!progress_.is_finished(part) && progress_.all_steps_done(part)) finish(part, cycle);
}

void Replay::finish(const Part& part, Cycle cycle) {
  const bool was_last = progress_.finish(part, cycle);
  went_on(part.tile, part.record.id);
  sram_.release(part);
  if (was_last && on_done_) on_done_(part.record.id, cycle);
}

bool Replay::give_step(const Part& part, Flow flow, const ChainStep& chain, Cursor& cursor,
                       pe::Step& step) const {
  const bool conflict = part.record.kind == Kind::compute && sram_.operands_conflict(part, hardware_.pe);
  const auto notes = maker_.make(part, flow, chain, conflict, step);
  if (!notes) return false;
  cursor.record = part.record.id;
  cursor.own_block = notes->own_block;
  cursor.expected = notes->expected;
  return true;
}

pe::Fetch Replay::fetch(std::uint32_t tile, std::uint8_t thread, Cycle cycle, pe::Step& step) {
  Waits& of_tile = waits_[tile];
  const std::uint32_t own = 1U << thread;
  if ((of_tile.threads & own) != 0) return pe::Fetch::none;
  // Empty blocks that are passed on the way may be what an earlier record of the main thread waits for.
  of_tile.threads |= own;
  RecordSet& behind = of_tile.behind[thread];
  behind.clear();
  const pe::Fetch result = thread == pe::kMainThread ? fetch_task(tile, cycle, step, behind)
                                                     : fetch_stream(tile, thread, cycle, step, behind);
  if (result == pe::Fetch::step) of_tile.threads &= ~own;
  return result;
}

pe::Fetch Replay::fetch_task(std::uint32_t tile, Cycle cycle, pe::Step& step, RecordSet& behind) {
  Cursor& cursor = cursors_[tile][pe::kMainThread];
  const std::vector<std::uint32_t>& list = lists_.of(tile, pe::kMainThread);
  WaitingTasks& waiting = waiting_tasks_[tile];
  waiting.forget_moved();
  bool passed_empty = false;
  pe::Fetch result = pe::Fetch::none;
  std::uint32_t looked_at = 0;
  for (std::uint32_t position = cursor.position;
       position < list.size() && looked_at < kTaskWindow && result == pe::Fetch::none; ++position) {
    const std::size_t place = position % WaitingTasks::kPlaces;
    RecordSet& behind_task = waiting.behind[place];
    if (waiting.position[place] == position && !behind_task.may_meet(waiting.moved)) {
      ++looked_at;
      behind.add(behind_task);
      continue;
    }
    const Part part = parts_.of(list[position], tile);
    if (progress_.is_finished(part)) {
      if (position == cursor.position) ++cursor.position;
      continue;
    }
    ++looked_at;
    behind_task.clear();
    if (start_task(part, cycle, step, passed_empty, behind_task)) result = pe::Fetch::step;
    const bool waits = result == pe::Fetch::none && !progress_.is_finished(part);
    waiting.position[place] = waits ? position : WaitingTasks::kNone;
    if (waits) behind.add(behind_task);
  }
  // Something was done without a step: the tile's other threads may go on.
  if (passed_empty) services_.resume(tile, cycle);
  return result;
}

bool Replay::start_task(const Part& part, Cycle cycle, pe::Step& step, bool& passed, RecordSet& behind) {
  Cursor& cursor = cursors_[part.tile][pe::kMainThread];
  while (!progress_.is_finished(part)) {
    const ChainStep next = StepMaker::at(part, Flow::up, progress_.steps_done(part, Flow::up));
    if (!can_start(part, next.ordinal, cycle, behind)) return false;
    if (give_step(part, Flow::up, next, cursor, step)) return true;
    count_step(part, Flow::up, cycle);
    passed = true;
  }
  return false;
}

pe::Fetch Replay::fetch_stream(std::uint32_t tile, std::uint8_t thread, Cycle cycle, pe::Step& step,
                               RecordSet& behind) {
  Cursor& cursor = cursors_[tile][thread];
  const std::vector<std::uint32_t>& list = lists_.of(tile, thread);
  bool passed_empty = false;
  pe::Fetch result = pe::Fetch::none;
  while (cursor.position < list.size()) {
    const Part part = parts_.of(list[cursor.position], tile);
    const Flow flow = part.flow_of(thread);
    if (cursor.step == part.steps(flow)) {
      if (!part.has_steps() && flow == Flow::up) {
        if (!can_start(part, 0, cycle, behind)) break;
        finish(part, cycle);
        passed_empty = true;
      }
      ++cursor.position;
      cursor.step = 0;
      continue;
    }
    const ChainStep next = StepMaker::at(part, flow, cursor.step);
    if (!can_start(part, next.ordinal, cycle, behind)) break;
    ++cursor.step;
    if (give_step(part, flow, next, cursor, step)) {
      result = pe::Fetch::step;
      break;
    }
    count_step(part, flow, cycle);
    passed_empty = true;
  }
  if (passed_empty) services_.resume(tile, cycle);
  return result;
}

void Replay::completed(std::uint32_t tile, std::uint8_t thread, Cycle cycle, std::uint64_t received) {
  const Cursor& cursor = cursors_[tile][thread];
  const Part part = parts_.of(cursor.record, tile);
  const Record& record = part.record;
  if (record.consumes != trace::kNoRecord) {
    consumed_[record.consumes] += received;
  } else if (received != cursor.expected) {
    const core::Coordinate at = parts_.on_wafer(tile);
    throw core::SimulationError(
        fmt::format("cycle {}: tile ({}, {}), record {} ({}): expected a payload of {}, got {}", cycle, at.x,
                    at.y, record.id, record.name, cursor.expected, received));
  }
  count_step(part, part.flow_of(thread), cycle);
}

StepShare Replay::share(std::uint32_t tile, std::uint8_t thread) const {
  const Cursor& cursor = cursors_[tile][thread];
  return StepMaker::share(parts_.of(cursor.record, tile), cursor.own_block);
}

std::vector<WaitingPart> Replay::waiting() const {
  std::vector<WaitingPart> result;
  for (std::uint32_t tile = 0; tile < parts_.tiles(); ++tile) {
    if (has_ && !has_(tile)) continue;
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      const std::vector<std::uint32_t>& list = lists_.of(tile, thread);
      std::uint32_t position = cursors_[tile][thread].position;
      while (position < list.size() && progress_.is_finished(parts_.of(list[position], tile))) ++position;
      if (position == list.size()) continue;
      const Part part = parts_.of(list[position], tile);
      const Flow flow = part.flow_of(thread);
      const std::uint64_t index = progress_.steps_done(part, flow);
      if (index >= part.steps(flow)) continue;
      const std::uint64_t ordinal = StepMaker::at(part, flow, index).ordinal;
      const Dependency* dependency = progress_.unmet(part, ordinal);
      const core::Coordinate at = parts_.on_wafer(tile);
      if (dependency != nullptr) {
        result.push_back({at, part.record.id, ordinal, dependency->record, thread,
                          progress_.thread_behind(*dependency, tile, ordinal)});
      } else if (!progress_.has_begun(part)) {
        result.push_back({at, part.record.id, ordinal, trace::kNoRecord, thread});
      }
    }
  }
  return result;
}

}  // namespace waferloom::wafer
