// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/arithmetic.hpp"
#include "core/error.hpp"
#include "pe/datapath.hpp"
#include "trace/quantities.hpp"
#include "trace/shared_stream.hpp"

namespace waferloom::wafer {

using core::ceil_div;
using core::Cycle;
using trace::Dependency;
using trace::Kind;
using trace::Record;

namespace {

/// What sending a weight on costs a PE beside its own work with it: the fabric takes one wavelet a cycle, as from
/// the PEs of a chain.
constexpr std::uint64_t kPassOnCycles = 1;
/// Unfinished records among which the main thread looks for a task that can run.
constexpr std::uint32_t kTaskWindow = 8;

pe::Arithmetic arithmetic_of(trace::Precision precision) {
  switch (precision) {
    case trace::Precision::fp16:
      return pe::Arithmetic::fp16;
    case trace::Precision::mixed:
      return pe::Arithmetic::mixed;
    case trace::Precision::fp32:
      return pe::Arithmetic::fp32;
  }
  return pe::Arithmetic::mixed;
}

/// A chain moves the same block through all tiles of a line, so its size must not change along the line.
void check_chain(const Record& record) {
  const bool varies = record.axis == trace::Axis::x ? record.elements.x != 0 : record.elements.y != 0;
  if (!varies) return;
  throw core::InputError(fmt::format(
      "record {} ({}): expected elements that are equal along the {} axis, on which the record runs",
      record.id, record.name, record.axis == trace::Axis::x ? "x" : "y"));
}

}  // namespace

Replay::Replay(TileServices& services, const Hardware& hardware, core::Rectangle program,
               const std::vector<Record>& records, const Grouping& grouping, std::vector<LineScale> scales)
    : services_(services),
      hardware_(hardware),
      program_(program),
      records_(records),
      grouping_(grouping),
      scales_(std::move(scales)),
      tiles_(program.area()),
      first_done_(records.size()),
      times_(records.size()),
      record_parts_(records.size()),
      consumed_(records.size()) {
  for (const Record& record : records_) {
    allocates_.emplace_back();
    for (const trace::Allocation& allocation : record.allocates) {
      allocates_.back().push_back(tensor_id(allocation.tensor));
    }
    frees_.emplace_back();
    for (const std::string& tensor : record.frees) frees_.back().push_back(tensor_id(tensor));
    operands_.emplace_back();
    for (const std::string& tensor : record.operands) operands_.back().push_back(tensor_id(tensor));
    if (trace::is_of_host(record.kind)) continue;
    if (record.kind != Kind::compute) check_chain(record);
    first_done_[record.id] = parts_;
    record_parts_[record.id] = record.area.area();
    parts_ += record.area.area();
  }
  done_.resize(parts_);
  make_lists();
}

void Replay::make_lists() {
  std::vector<core::Rectangle> areas;
  std::vector<std::size_t> area_of_record;
  for (const Record& record : records_) {
    const auto place = std::find(areas.begin(), areas.end(), record.area);
    area_of_record.push_back(static_cast<std::size_t>(place - areas.begin()));
    if (place == areas.end()) areas.push_back(record.area);
  }
  // Streams that lanes share come to a column in one of two ways.
  std::vector<const Record*> shared;
  for (const Record& record : records_) {
    const bool known =
        !trace::is_shared(record) || std::any_of(shared.begin(), shared.end(), [&](const Record* other) {
          return other->area == record.area && other->lanes == record.lanes;
        });
    if (!known) shared.push_back(&record);
  }
  std::map<std::vector<bool>, std::uint32_t> kinds;
  std::vector<std::uint32_t> example_of_kind;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    std::vector<bool> lies_in;
    for (const core::Rectangle& area : areas) {
      lies_in.push_back(area.contains(core::Coordinate{tile % program_.width, tile / program_.width}));
    }
    for (const Record* stream : shared) {
      lies_in.push_back(takes_part(*stream, tile) && trace::is_home(*stream, relative(tile, *stream).x));
    }
    const auto [kind, is_new] = kinds.try_emplace(lies_in, static_cast<std::uint32_t>(kinds.size()));
    if (is_new) example_of_kind.push_back(tile);
    kind_of_tile_.push_back(kind->second);
  }
  thread_records_.resize(kinds.size());
  for (const auto& [lies_in, kind] : kinds) {
    for (const Record& record : records_) {
      if (trace::is_of_host(record.kind) || !lies_in[area_of_record[record.id]]) continue;
      const ThreadPair threads = threads_of(record, example_of_kind[kind]);
      thread_records_[kind][threads.up].push_back(record.id);
      if (threads.down != threads.up) thread_records_[kind][threads.down].push_back(record.id);
    }
  }
}

Replay::ThreadPair Replay::threads_of(const Record& record, std::uint32_t tile) const {
  if (record.kind != Kind::compute) {
    if (record.axis == trace::Axis::x) return {QueueUse::up_x, QueueUse::down_x};
    return {QueueUse::up_y, QueueUse::down_y};
  }
  if (record.consumes == trace::kNoRecord) return {pe::kMainThread, pe::kMainThread};
  const Record& stream = records_[record.consumes];
  const std::uint8_t queue =
      trace::is_home(stream, relative(tile, stream).x) ? QueueUse::weights : QueueUse::copies;
  return {queue, queue};
}

std::uint32_t Replay::tensor_id(const std::string& name) {
  return tensor_ids_.try_emplace(name, static_cast<std::uint32_t>(tensor_ids_.size())).first->second;
}

void Replay::load(const RoutePlan& plan) {
  plan_ = &plan;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    services_.load(tile, *this, plan.inputs(tile), plan.outputs(tile));
  }
}

void Replay::host_done(std::uint32_t record, Cycle cycle) {
  times_[record].done = true;
  times_[record].end = cycle;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) ask_again(tile, cycle);
}

void Replay::ask_again(std::uint32_t tile, Cycle cycle) { services_.resume(tile, cycle); }

bool Replay::takes_part(const Record& record, std::uint32_t tile) const {
  return record.area.contains(core::Coordinate{tile % program_.width, tile / program_.width});
}

core::Coordinate Replay::relative(std::uint32_t tile, const Record& record) const {
  return {tile % program_.width - record.area.x, tile / program_.width - record.area.y};
}

ChainPlace Replay::place(const Record& record, std::uint32_t tile) const {
  const core::Coordinate at = relative(tile, record);
  const std::uint32_t index = record.axis == trace::Axis::x ? at.x : at.y;
  const trace::Piece piece = trace::piece_at(record, index);
  return {index - piece.begin, piece.length, scales_.empty() ? LineScale{} : scales_[record.id]};
}

std::uint64_t Replay::steps_of(const Record& record, std::uint32_t tile, std::uint8_t thread) const {
  if (record.kind == Kind::compute) return record.blocks;
  const Flow flow = thread == threads_of(record, tile).up ? Flow::up : Flow::down;
  return chain_steps(record, place(record, tile), flow);
}

std::uint64_t Replay::block_of(const Record& record, std::uint32_t tile, std::uint64_t ordinal) const {
  if (record.order_of == trace::kNoRecord) return ordinal;
  const Record& gather = records_[record.order_of];
  return gathered_block(gather, place(gather, tile), ordinal);
}

std::uint64_t Replay::progress(const Record& record, std::uint32_t tile) const {
  const Done& state = done(tile, record.id);
  if (record.kind == Kind::compute) return state.up;
  return chain_progress(record, place(record, tile), state.up, state.down);
}

bool Replay::is_met(std::uint32_t tile, const Dependency& dependency, std::uint64_t ordinal) const {
  const Record& target = records_[dependency.record];
  if (trace::is_of_host(target.kind)) return target.kind == Kind::stream_in || times_[target.id].done;
  if (!takes_part(target, tile) || done(tile, target.id).finished) return true;
  if (dependency.lag == Dependency::kWhole) return false;
  if (ordinal < dependency.lag) return true;
  const std::uint64_t needed = std::min<std::uint64_t>(ordinal - dependency.lag + 1, target.blocks);
  const ThreadPair threads = threads_of(target, tile);
  if (steps_of(target, tile, threads.up) + steps_of(target, tile, threads.down) == 0) {
    // Nothing to do here: done as soon as what it waits for is.
    return unmet(target, tile, needed - 1) == nullptr;
  }
  if (target.kind == Kind::all_gather && !done(tile, target.id).begun) return false;
  if (progress(target, tile) < needed) return false;
  // A tile's own blocks of a gather are there as soon as they may be sent.
  return target.kind != Kind::all_gather || unmet(target, tile, needed - 1) == nullptr;
}

const Dependency* Replay::unmet(const Record& record, std::uint32_t tile, std::uint64_t ordinal) const {
  for (const Dependency& dependency : record.after) {
    if (!is_met(tile, dependency, ordinal)) return &dependency;
  }
  return nullptr;
}

bool Replay::begin(const Record& record, std::uint32_t tile, Cycle cycle) {
  Done& state = done(tile, record.id);
  if (state.begun) return true;
  const core::Coordinate in_area = relative(tile, record);
  std::vector<Live>& live = tiles_[tile].live;
  const std::size_t before = live.size();
  for (std::size_t i = 0; i < record.allocates.size(); ++i) {
    const std::uint64_t bytes =
        record.allocates[i].bytes.value(in_area.x, record.area.width, in_area.y, record.area.height, 0, 1);
    const auto address = services_.allocate(tile, bytes);
    if (!address) {
      for (; live.size() > before; live.pop_back()) services_.release(tile, live.back().address);
      return false;
    }
    live.push_back({allocates_[record.id][i], *address});
  }
  state.begun = true;
  if (times_[record.id].start == core::kNever) {
    times_[record.id].start = cycle;
    if (on_start_) on_start_(record.id, cycle);
  }
  return true;
}

void Replay::part_done(const Record& record, std::uint32_t tile, Cycle cycle) {
  const Done& state = done(tile, record.id);
  const ThreadPair threads = threads_of(record, tile);
  if (state.finished || state.up < steps_of(record, tile, threads.up)) return;
  if (threads.down != threads.up && state.down < steps_of(record, tile, threads.down)) return;
  finish_on_tile(record, tile, cycle);
}

void Replay::finish_on_tile(const Record& record, std::uint32_t tile, Cycle cycle) {
  done(tile, record.id).finished = true;
  ++parts_done_;
  std::vector<Live>& live = tiles_[tile].live;
  for (const std::uint32_t tensor : frees_[record.id]) {
    const auto place =
        std::find_if(live.begin(), live.end(), [&](const Live& l) { return l.tensor == tensor; });
    if (place == live.end()) continue;
    services_.release(tile, place->address);
    live.erase(place);
  }
  RecordTimes& times = times_[record.id];
  times.end = std::max(times.end, cycle);
  if (--record_parts_[record.id] != 0) return;
  times.done = true;
  if (on_done_) on_done_(record.id, cycle);
}

std::uint64_t Replay::ordinal_of(const Record& record, std::uint32_t tile, std::uint8_t thread,
                                 std::uint64_t index) const {
  if (record.kind == Kind::compute) return index;
  const Flow flow = thread == threads_of(record, tile).up ? Flow::up : Flow::down;
  return chain_step(record, place(record, tile), flow, index).ordinal;
}

bool Replay::make_step(const Record& record, std::uint32_t tile, std::uint8_t thread, std::uint64_t index,
                       pe::Step& step, Cursor& cursor) const {
  step.tag = grouping_.of_record[record.id];
  step.part_of = record.id;
  cursor.expected = 0;
  if (record.kind == Kind::compute) return make_compute_step(record, tile, index, step);
  const Flow flow = thread == threads_of(record, tile).up ? Flow::up : Flow::down;
  return make_chain_step(record, tile, flow, index, step, cursor);
}

bool Replay::make_chain_step(const Record& record, std::uint32_t tile, Flow flow, std::uint64_t index,
                             pe::Step& step, Cursor& cursor) const {
  const ChainStep chain = chain_step(record, place(record, tile), flow, index);
  const core::Coordinate at = relative(tile, record);
  const std::uint64_t block =
      record.order_of == trace::kNoRecord ? chain.block : block_of(record, tile, chain.ordinal);
  step.iterations = trace::wavelets(record, at.x, at.y, block);
  if (chain.own) {
    step.tiles = tiles_at(place(record, tile));
    step.turn = turn_of(record, place(record, tile), chain.block);
  }
  const bool up = flow == Flow::up;
  const bool along_x = record.axis == trace::Axis::x;
  if (chain.receives) {
    step.input =
        along_x ? (up ? QueueUse::up_x : QueueUse::down_x) : (up ? QueueUse::up_y : QueueUse::down_y);
    cursor.expected = step.iterations * chain.contributors;
  }
  if (chain.sends) {
    const ChainPlace here = place(record, tile);
    const bool at_root = record.root == trace::Root::first ? here.index == 0 : here.index + 1 == here.length;
    const bool drains = record.drains_to != trace::kNoRecord && at_root;
    step.output = drains    ? QueueUse::out_results
                  : along_x ? (up ? QueueUse::out_up_x : QueueUse::out_down_x)
                            : (up ? QueueUse::out_up_y : QueueUse::out_down_y);
    step.addend = record.kind == Kind::reduce || !chain.receives ? 1 : 0;
  }
  return step.iterations != 0;
}

bool Replay::operands_conflict(const Record& record, std::uint32_t tile) const {
  const std::vector<std::uint32_t>& operands = operands_[record.id];
  if (operands.empty()) return false;
  const std::vector<Live>& live = tiles_[tile].live;
  std::array<std::uint32_t, 2> addresses{};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto place =
        std::find_if(live.begin(), live.end(), [&](const Live& l) { return l.tensor == operands[i]; });
    if (place == live.end()) {
      const core::Coordinate at = on_wafer(tile);
      throw core::SimulationError(
          fmt::format("tile ({}, {}), record {} ({}): operand \"{}\" is not in SRAM when it is needed", at.x,
                      at.y, record.id, record.name, record.operands[i]));
    }
    addresses[i] = place->address;
  }
  return pe::banks_conflict(hardware_.pe, addresses[0], addresses[1]);
}

bool Replay::make_compute_step(const Record& record, std::uint32_t tile, std::uint64_t index,
                               pe::Step& step) const {
  const core::Coordinate at = relative(tile, record);
  const std::uint64_t block = block_of(record, tile, index);
  const auto amount = [&](const trace::Amount& a) {
    return a.value(at.x, record.area.width, at.y, record.area.height, block, record.blocks);
  };
  const auto dense = [&](const trace::Amount& a) {
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(amount(a)) * record.density));
  };
  pe::VectorWork work{dense(record.macs),
                      amount(record.vector_elements),
                      amount(record.divides),
                      dense(record.read_bytes),
                      dense(record.write_bytes),
                      arithmetic_of(record.precision),
                      operands_conflict(record, tile)};
  if (record.consumes != trace::kNoRecord) {
    const Record& stream = records_[record.consumes];
    const core::Coordinate in_stream = relative(tile, stream);
    const std::uint64_t wavelets = trace::wavelets(stream, in_stream.x, in_stream.y, block);
    if (wavelets == 0) return false;
    work.macs = ceil_div(work.macs, wavelets);
    work.vector_elements = ceil_div(work.vector_elements, wavelets);
    work.divides = ceil_div(work.divides, wavelets);
    work.read_bytes = ceil_div(work.read_bytes, wavelets);
    work.write_bytes = ceil_div(work.write_bytes, wavelets);
    const pe::VectorCost cost = pe::vector_cost(hardware_.pe, work);
    step.input = threads_of(record, tile).up;
    step.iterations = wavelets;
    step.cycles = std::max<std::uint64_t>(cost.cycles, 1);
    if (trace::passes_on(stream, in_stream.x, in_stream.y)) {
      step.output = QueueUse::out_copies;
      step.cycles += kPassOnCycles;
    }
    step.work = cost.sram_bound ? pe::Work::sram : pe::Work::arithmetic;
    step.bank_conflict = work.bank_conflict;
    return true;
  }
  const pe::VectorCost cost = pe::vector_cost(hardware_.pe, work);
  if (cost.cycles == 0) return false;
  if (index == 0) step.delay = record.setup_cycles;
  step.cycles = cost.cycles + hardware_.pe.vector_overhead_cycles;
  step.work = cost.sram_bound ? pe::Work::sram : pe::Work::arithmetic;
  step.bank_conflict = work.bank_conflict;
  return true;
}

pe::Fetch Replay::fetch(std::uint32_t tile, std::uint8_t thread, Cycle cycle, pe::Step& step) {
  return thread == pe::kMainThread ? fetch_task(tile, cycle, step) : fetch_stream(tile, thread, cycle, step);
}

pe::Fetch Replay::fetch_task(std::uint32_t tile, Cycle cycle, pe::Step& step) {
  Cursor& cursor = tiles_[tile].cursors[pe::kMainThread];
  const std::vector<std::uint32_t>& list = records_of(tile, pe::kMainThread);
  bool passed_empty = false;
  pe::Fetch result = pe::Fetch::none;
  std::uint32_t looked_at = 0;
  for (std::uint32_t position = cursor.position; position < list.size() && looked_at < kTaskWindow;
       ++position) {
    const Record& record = records_[list[position]];
    const Done& state = done(tile, record.id);
    if (state.finished) {
      if (position == cursor.position) ++cursor.position;
      continue;
    }
    ++looked_at;
    while (!state.finished && unmet(record, tile, state.up) == nullptr && begin(record, tile, cycle)) {
      if (make_step(record, tile, pe::kMainThread, state.up, step, cursor)) {
        cursor.record = record.id;
        result = pe::Fetch::step;
        break;
      }
      ++done(tile, record.id).up;
      part_done(record, tile, cycle);
      passed_empty = true;
    }
    if (result == pe::Fetch::step) break;
  }
  if (passed_empty) ask_again(tile, cycle);
  return result;
}

pe::Fetch Replay::fetch_stream(std::uint32_t tile, std::uint8_t thread, Cycle cycle, pe::Step& step) {
  Cursor& cursor = tiles_[tile].cursors[thread];
  const std::vector<std::uint32_t>& list = records_of(tile, thread);
  const auto advance = [&] {
    ++cursor.position;
    cursor.entered = false;
  };
  bool passed_empty = false;
  while (cursor.position < list.size()) {
    const Record& record = records_[list[cursor.position]];
    const ThreadPair threads = threads_of(record, tile);
    if (!cursor.entered) {
      cursor.steps = steps_of(record, tile, thread);
      cursor.step = 0;
      cursor.entered = true;
    }
    if (cursor.step == cursor.steps) {
      const bool idle =
          cursor.steps == 0 && thread == threads.up && steps_of(record, tile, threads.down) == 0;
      if (idle) {
        if (unmet(record, tile, 0) != nullptr || !begin(record, tile, cycle)) break;
        finish_on_tile(record, tile, cycle);
        passed_empty = true;
      }
      advance();
      continue;
    }
    if (unmet(record, tile, ordinal_of(record, tile, thread, cursor.step)) != nullptr) break;
    if (!begin(record, tile, cycle)) break;
    if (make_step(record, tile, thread, cursor.step, step, cursor)) {
      ++cursor.step;
      cursor.record = record.id;
      if (passed_empty) ask_again(tile, cycle);
      return pe::Fetch::step;
    }
    ++cursor.step;
    ++(thread == threads.up ? done(tile, record.id).up : done(tile, record.id).down);
    part_done(record, tile, cycle);
    passed_empty = true;
  }
  if (passed_empty) ask_again(tile, cycle);
  return pe::Fetch::none;
}

void Replay::completed(std::uint32_t tile, std::uint8_t thread, Cycle cycle, std::uint64_t received) {
  const Cursor& cursor = tiles_[tile].cursors[thread];
  const Record& record = records_[cursor.record];
  if (record.consumes != trace::kNoRecord) {
    consumed_[record.consumes] += received;
  } else if (received != cursor.expected) {
    const core::Coordinate at = on_wafer(tile);
    throw core::SimulationError(
        fmt::format("cycle {}: tile ({}, {}), record {} ({}): expected a payload of {}, got {}", cycle, at.x,
                    at.y, record.id, record.name, cursor.expected, received));
  }
  Done& state = done(tile, record.id);
  ++(thread == threads_of(record, tile).up ? state.up : state.down);
  part_done(record, tile, cycle);
}

std::vector<WaitingPart> Replay::waiting() const {
  std::vector<WaitingPart> result;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    for (std::uint8_t thread = 0; thread < pe::kThreads; ++thread) {
      const Cursor& cursor = tiles_[tile].cursors[thread];
      const std::vector<std::uint32_t>& list = records_of(tile, thread);
      std::uint32_t position = cursor.position;
      while (position < list.size() && done(tile, list[position]).finished) ++position;
      if (position == list.size()) continue;
      const Record& record = records_[list[position]];
      const Done& state = done(tile, record.id);
      const std::uint64_t index = thread == threads_of(record, tile).up ? state.up : state.down;
      if (index >= steps_of(record, tile, thread)) continue;
      const std::uint64_t ordinal = ordinal_of(record, tile, thread, index);
      const Dependency* dependency = unmet(record, tile, ordinal);
      if (dependency != nullptr) {
        result.push_back({on_wafer(tile), record.id, ordinal, dependency->record, thread,
                          thread_behind(*dependency, tile, ordinal)});
      } else if (!done(tile, record.id).begun) {
        result.push_back({on_wafer(tile), record.id, ordinal, trace::kNoRecord, thread});
      }
    }
  }
  return result;
}

std::uint8_t Replay::thread_behind(const Dependency& dependency, std::uint32_t tile,
                                   std::uint64_t ordinal) const {
  const Record& target = records_[dependency.record];
  if (trace::is_of_host(target.kind)) return pe::kMainThread;
  const ThreadPair threads = threads_of(target, tile);
  if (target.kind == Kind::compute) return threads.up;
  const std::uint64_t needed = dependency.lag == Dependency::kWhole
                                   ? target.blocks
                                   : std::min<std::uint64_t>(ordinal - dependency.lag + 1, target.blocks);
  // Were the flow down done, would the block be?
  const std::uint64_t with_all_down = chain_progress(target, place(target, tile), done(tile, target.id).up,
                                                     steps_of(target, tile, threads.down));
  return with_all_down < needed ? threads.up : threads.down;
}

std::string Replay::tensors_at(core::Coordinate at) const {
  std::string text;
  for (const Live& live : tiles_[tile_at(at)].live) {
    const auto name = std::find_if(tensor_ids_.begin(), tensor_ids_.end(),
                                   [&](const auto& each) { return each.second == live.tensor; });
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name->first);
  }
  return text;
}

std::vector<ProgramView::Waiting> Replay::waiting_threads() const {
  std::vector<Waiting> result;
  for (const WaitingPart& part : waiting()) {
    Waiting waiting{part.at, part.thread, std::nullopt, "free SRAM"};
    if (part.waits_for == trace::kNoRecord) {
      waiting.reason = fmt::format("free SRAM, where there are {}", tensors_at(part.at));
    }
    if (part.waits_for != trace::kNoRecord) {
      const Record& target = records_[part.waits_for];
      if (!trace::is_of_host(target.kind)) waiting.on = part.waits_for_thread;
      waiting.reason = fmt::format("record {} ({})", target.id, target.name);
    }
    result.push_back(std::move(waiting));
  }
  return result;
}

std::optional<std::uint8_t> Replay::sender(core::Coordinate at, core::Color color) const {
  if (plan_ == nullptr || !program_.contains(at)) return std::nullopt;
  for (const pe::QueueBinding& binding : plan_->outputs(tile_at(at))) {
    if (binding.color != color) continue;
    switch (binding.queue) {
      case QueueUse::out_up_x:
        return QueueUse::up_x;
      case QueueUse::out_down_x:
        return QueueUse::down_x;
      case QueueUse::out_down_y:
        return QueueUse::down_y;
      case QueueUse::out_copies:
        return std::any_of(plan_->inputs(tile_at(at)).begin(), plan_->inputs(tile_at(at)).end(),
                           [](const pe::QueueBinding& input) { return input.queue == QueueUse::copies; })
                   ? QueueUse::copies
                   : QueueUse::weights;
      case QueueUse::out_results:
        return hardware_.io.output_edge == fabric::Edge::north ? QueueUse::down_y : QueueUse::up_y;
      default:
        return QueueUse::up_y;
    }
  }
  return std::nullopt;
}

}  // namespace waferloom::wafer
