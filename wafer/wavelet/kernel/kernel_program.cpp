// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/kernel/kernel_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "kernels/cost.hpp"
#include "kernels/numbers.hpp"

namespace waferloom::wafer {

using kernels::CodeOperation;
using kernels::Settled;
using kernels::TileCode;

namespace {

/// Instructions without time in one cycle, more than any sensible task has.
constexpr std::uint64_t kMostAtOnce = 10'000'000;
/// Of a loop whose numbers are computed, between two looks at whether the run is to end.
constexpr std::uint64_t kBetweenLooks = 1U << 16U;

}  // namespace

KernelProgram::KernelProgram(const kernels::CompiledKernel& compiled, const pe::PeParameters& pe,
                             const std::atomic<bool>& stop)
    : compiled_(compiled),
      stop_(stop),
      launch_cycles_(pe.task_wake_cycles),
      stream_setup_(pe.stream_setup_cycles),
      tiles_(compiled.code_of.size()),
      slots_(compiled.code_of.size() * compiled.kernel->slots),
      calls_(compiled.kernel->collectives.empty() ? 0 : compiled.code_of.size()),
      totals_(compiled.kernel->tasks.size()),
      listens_(std::any_of(compiled.codes.begin(), compiled.codes.end(),
                           [](const TileCode& each) { return !each.listeners.empty(); })) {
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    tiles_[tile].pending = code(tile).started;
    tiles_[tile].blocked = code(tile).blocked;
    std::int64_t* const own = slots(tile);
    own[kernels::kSlotX] = tile % compiled.area.width;
    own[kernels::kSlotY] = tile / compiled.area.width;
    for (const kernels::Variable& variable : compiled.kernel->variables) {
      own[variable.slot] = evaluate(tile, {0, &variable.initial});
    }
  }
  if (!compiled.kernel->values) return;
  values_ = std::make_unique<kernels::Values>(compiled);
  streams_.resize(tiles_.size());
}

std::string KernelProgram::at_line(std::uint32_t tile, std::size_t line) const {
  return fmt::format("{}:{}: tile ({}, {})", compiled_.kernel->file, line, tile % compiled_.area.width,
                     tile / compiled_.area.width);
}

std::int64_t KernelProgram::evaluate(std::uint32_t tile, const kernels::Number& number) {
  if (number.open == nullptr) return number.value;
  try {
    return number.open->expression.evaluate(slots(tile));
  } catch (const kernels::ExpressionError& error) {
    fail(tile, *number.open, error.what());
  }
}

void KernelProgram::fail(std::uint32_t tile, const kernels::Placed& number, const std::string& wrong) const {
  kernels::Numbers(tile % compiled_.area.width, tile / compiled_.area.width)
      .fail(number.where, number.key, fmt::format("{} ({})", wrong, number.expression.text()));
}

std::uint64_t KernelProgram::amount(std::uint32_t tile, const kernels::Number& number, std::size_t line) {
  const std::int64_t value = evaluate(tile, number);
  if (value >= 0) return static_cast<std::uint64_t>(value);
  const std::string wrong = fmt::format("expected 0 or more, got {}", value);
  if (number.open == nullptr) throw core::InputError(fmt::format("{}: {}", at_line(tile, line), wrong));
  fail(tile, *number.open, wrong);
}

/// The first element of an operand.
std::int64_t KernelProgram::place(std::uint32_t tile, const kernels::Slice& slice, std::uint64_t length) {
  if (slice.kind != kernels::Operand::Kind::vector && slice.kind != kernels::Operand::Kind::element) return 0;
  const std::int64_t first = evaluate(tile, slice.offset);
  if (slice.holds(first, static_cast<std::int64_t>(length))) return first;
  const kernels::Buffer& buffer = compiled_.kernel->buffers[slice.buffer];
  const kernels::Location& where = slice.offset.open != nullptr ? slice.offset.open->where : buffer.where;
  throw core::InputError(fmt::format("{}: tile ({}, {}): expected elements of {}, 0 to {}, got {} from {} on",
                                     where.text(), tile % compiled_.area.width, tile / compiled_.area.width,
                                     buffer.name, std::int64_t{slice.size} - 1, length, first));
}

Settled KernelProgram::settle(std::uint32_t tile, const CodeOperation& operation) {
  Settled settled;
  settled.length = amount(tile, operation.length, operation.line);
  settled.a = place(tile, operation.a, settled.length);
  settled.b = place(tile, operation.b, settled.length);
  settled.c = place(tile, operation.c, settled.length);
  settled.to = place(tile, operation.to, settled.length);
  settled.arrived = tiles_[tile].arrived;
  return settled;
}

void KernelProgram::fail_without_time(std::uint32_t tile, std::uint32_t index, core::Cycle cycle) const {
  const std::uint8_t task = tiles_[tile].task;
  throw core::SimulationError(fmt::format("{}: cycle {}: task {} goes round without taking any time",
                                          at_line(tile, code(tile).instructions[index].line), cycle,
                                          task == kNoTask ? std::string("of it") : task_name(tile, task)));
}

void KernelProgram::advance(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  for (std::uint64_t i = 0; own.main == Main::free; ++i) {
    if (i == kMostAtOnce) fail_without_time(tile, own.next, cycle);
    if (own.task == kNoTask) {
      if (!begin_task(tile, cycle)) return;
    } else if (!execute(tile, cycle)) {
      return;
    }
  }
}

bool KernelProgram::begin_task(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  const std::uint32_t able = own.pending & ~own.blocked;
  if (able == 0) return false;
  own.task = static_cast<std::uint8_t>(std::countr_zero(able));
  own.pending &= ~(1U << own.task);
  own.next = code(tile).entries[own.task];
  for (const kernels::Listener& each : code(tile).listeners) {
    if (each.task == own.task) own.arrived = own.arrivals.at(each.thread);
  }
  TaskTotals& totals = totals_[code(tile).tasks[own.task]];
  ++totals.activations;
  totals.first_begin = std::min(totals.first_begin, cycle);
  if (launch_cycles_ != 0) own.main = Main::launching;
  return true;
}

void KernelProgram::end_task(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  TaskTotals& totals = totals_[code(tile).tasks[own.task]];
  totals.last_end = std::max(totals.last_end, cycle);
  last_end_ = std::max(last_end_, cycle);
  own.task = kNoTask;
}

bool KernelProgram::occupy(std::uint32_t tile, std::uint64_t cycles, std::uint32_t next, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  if (cycles == 0) {
    if (values_) compute(tile, own.next, next, cycle);
    own.next = next;
    return true;
  }
  own.cycles = cycles;
  own.main = Main::ready;
  return true;
}

bool KernelProgram::execute(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  const Instruction& instruction = code(tile).instructions[own.next];
  switch (instruction.kind) {
    case Instruction::Kind::timed:
      return occupy(tile, static_cast<std::uint64_t>(instruction.number.value), instruction.target, cycle);
    case Instruction::Kind::work:
      return occupy(tile, amount(tile, instruction.number, instruction.line), own.next + 1, cycle);
    case Instruction::Kind::compute: {
      const CodeOperation& operation = code(tile).operations[instruction.index];
      return occupy(tile, kernels::main_cycles(operation, settle(tile, operation).length), own.next + 1,
                    cycle);
    }
    case Instruction::Kind::stream:
      return post(tile, instruction);
    case Instruction::Kind::call:
      ++own.next;
      call(tile, instruction.index);
      return true;
    case Instruction::Kind::end:
      end_task(tile, cycle);
      return true;
    default:
      own.next = decide(tile, own.next);
      return true;
  }
}

std::uint32_t KernelProgram::decide(std::uint32_t tile, std::uint32_t index) {
  Tile& own = tiles_[tile];
  const Instruction& instruction = code(tile).instructions[index];
  std::int64_t* const numbers = slots(tile);
  switch (instruction.kind) {
    case Instruction::Kind::loop:
      numbers[instruction.index] = 0;
      numbers[instruction.index + 1] =
          static_cast<std::int64_t>(amount(tile, instruction.number, instruction.line));
      return numbers[instruction.index + 1] == 0 ? instruction.target : index + 1;
    case Instruction::Kind::again:
      return ++numbers[instruction.index] < numbers[instruction.index + 1] ? instruction.target + 1
                                                                           : index + 1;
    case Instruction::Kind::skip_unless:
      return evaluate(tile, instruction.number) == 0 ? instruction.target : index + 1;
    case Instruction::Kind::jump:
      return instruction.target;
    case Instruction::Kind::activate:
      own.pending |= instruction.index;
      return index + 1;
    case Instruction::Kind::block:
      own.blocked |= instruction.index;
      return index + 1;
    case Instruction::Kind::unblock:
      own.blocked &= ~instruction.index;
      return index + 1;
    case Instruction::Kind::set:
      numbers[instruction.index] = evaluate(tile, instruction.number);
      return index + 1;
    default:
      return index + 1;  // takes time, which is accounted elsewhere
  }
}

bool KernelProgram::post(std::uint32_t tile, const Instruction& instruction) {
  Tile& own = tiles_[tile];
  const CodeOperation& operation = code(tile).operations[instruction.index];
  const std::uint8_t thread = operation.thread;
  const auto bit = static_cast<std::uint8_t>(1U << thread);
  if ((own.posted & bit) != 0) return false;
  const Settled settled = settle(tile, operation);
  const std::uint64_t wavelets = (settled.length + operation.per_wavelet - 1) / operation.per_wavelet;
  ++own.next;
  if (wavelets == 0 && !operation.sends_control) {
    own.pending |= operation.activates;
    own.blocked &= ~operation.unblocks;
    return true;
  }
  if (wavelets > std::numeric_limits<std::uint32_t>::max()) {
    throw core::InputError(fmt::format("{}: expected fewer than 2^32 wavelets of an operation, got {}",
                                       at_line(tile, operation.line), wavelets));
  }
  own.posted = static_cast<std::uint8_t>(own.posted | bit);
  own.operations.at(thread) = static_cast<std::uint16_t>(instruction.index);
  own.wavelets.at(thread) = static_cast<std::uint32_t>(wavelets);
  if (values_) streams_[tile].at(thread) = settled;
  if (operation.asynchronous) return true;
  own.main = Main::waiting;
  own.waits_for = thread;
  return true;
}

void KernelProgram::call(std::uint32_t tile, std::uint32_t collective) {
  tiles_[tile].main = Main::calling;
  calls_[tile] = {collective, {}};
  settle_call(tile);
}

const collectives::PlannedStep* KernelProgram::call_step(std::uint32_t tile, std::uint8_t thread) const {
  const Call& own = calls_[tile];
  const auto& steps = code(tile).collectives[own.collective].threads.at(thread);
  if (own.done.at(thread) == steps.size()) return nullptr;
  const collectives::PlannedStep& next = steps[own.done.at(thread)];
  const bool waits = std::any_of(next.after.begin(), next.after.end(), [&](const collectives::StepRef& ref) {
    return own.done.at(ref.thread) <= ref.index;
  });
  return waits ? nullptr : &next;
}

void KernelProgram::settle_call(std::uint32_t tile) {
  Call& own = calls_[tile];
  bool is_done = true;
  for (bool passed = true; passed;) {
    passed = false;
    is_done = true;
    for (std::uint8_t thread = 0; thread < kMicrothreads; ++thread) {
      const auto& steps = code(tile).collectives[own.collective].threads.at(thread);
      const collectives::PlannedStep* next = call_step(tile, thread);
      if (next != nullptr && next->step.iterations == 0 && !next->step.finishes_with_control &&
          !next->step.awaits_control) {
        ++own.done.at(thread);
        passed = true;
      }
      is_done = is_done && own.done.at(thread) == steps.size();
    }
  }
  if (is_done) tiles_[tile].main = Main::free;
}

void KernelProgram::call_step_done(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                                   std::uint64_t received) {
  const std::uint64_t expected = code(tile)
                                     .collectives[calls_[tile].collective]
                                     .threads.at(thread)[calls_[tile].done.at(thread)]
                                     .expected;
  if (received != expected) {
    throw core::SimulationError(
        fmt::format("{}: cycle {}: microthread {}: expected a payload of {}, got {}",
                    at_line(tile, code(tile).instructions[tiles_[tile].next - 1].line), cycle, thread,
                    expected, received));
  }
  ++calls_[tile].done.at(thread);
  last_end_ = std::max(last_end_, cycle);
  settle_call(tile);
}

void KernelProgram::compute(std::uint32_t tile, std::uint32_t from, std::uint32_t to, core::Cycle cycle) {
  std::uint64_t without_time = 0;
  std::uint64_t done = 0;
  for (std::uint32_t index = from; index < to;) {
    if (++done % kBetweenLooks == 0 && stop_.load()) throw core::InterruptedError(cycle);
    const Instruction& instruction = code(tile).instructions[index];
    if (++without_time == kMostAtOnce) fail_without_time(tile, index, cycle);
    if (instruction.kind == Instruction::Kind::work) without_time = 0;
    if (instruction.kind == Instruction::Kind::compute) {
      without_time = 0;
      const CodeOperation& operation = code(tile).operations[instruction.index];
      values_->compute(tile, operation, settle(tile, operation));
    }
    index = decide(tile, index);
  }
}

pe::Step KernelProgram::main_step(std::uint32_t tile) const {
  const Tile& own = tiles_[tile];
  pe::Step step;
  step.in_task = true;
  step.tag = code(tile).tasks[own.task];
  if (own.main == Main::launching) {
    step.work = pe::Work::streaming;
    step.delay = launch_cycles_ - 1;
    return step;
  }
  const Instruction& instruction = code(tile).instructions[own.next];
  step.work = instruction.work;
  step.bank_conflict = instruction.bank_conflict;
  if (instruction.kind == Instruction::Kind::compute) {
    const CodeOperation& operation = code(tile).operations[instruction.index];
    step.work = operation.work;
    step.bank_conflict = operation.bank_conflict;
  }
  step.cycles = own.cycles;
  return step;
}

pe::Step KernelProgram::stream_step(std::uint32_t tile, std::uint8_t thread) const {
  const CodeOperation& operation = operation_of(tile, thread);
  pe::Step step;
  step.in_task = true;
  step.input = operation.input;
  step.output = operation.output;
  step.iterations = tiles_[tile].wavelets.at(thread);
  step.cycles = operation.cycles;
  step.fraction = operation.fraction;
  step.latency = operation.latency;
  step.delay = operation.setup;
  step.work = operation.work;
  step.finishes_with_control = operation.sends_control;
  step.control = operation.commands;
  step.computes = values_ != nullptr;
  step.tag = operation.task;
  return step;
}

void KernelProgram::listen(std::uint32_t tile, std::uint8_t thread, pe::Step& step) {
  Tile& own = tiles_[tile];
  for (const kernels::Listener& each : code(tile).listeners) {
    const std::uint32_t bit = 1U << each.task;
    if (each.thread != thread || own.task == each.task || ((own.pending | own.blocked) & bit) != 0) continue;
    own.listening = static_cast<std::uint8_t>(own.listening | (1U << thread));
    step.in_task = true;
    step.input = thread;
    step.iterations = 1;
    step.tag = code(tile).tasks[each.task];
    return;
  }
}

pe::Fetch KernelProgram::fetch(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle, pe::Step& step) {
  Tile& own = tiles_[tile];
  if (own.main == Main::free) advance(tile, cycle);
  if (thread == pe::kMainThread) {
    if (own.main != Main::ready && own.main != Main::launching) return pe::Fetch::none;
    step = main_step(tile);
    if (own.main == Main::ready) own.main = Main::running;
    return pe::Fetch::step;
  }
  const auto bit = static_cast<std::uint8_t>(1U << thread);
  if (own.main == Main::calling) {
    if (const collectives::PlannedStep* planned = call_step(tile, thread); planned != nullptr) {
      step = planned->step;
      step.in_task = true;
      step.delay += stream_setup_;
      step.tag = code(tile).tasks[own.task];
      return pe::Fetch::step;
    }
  }
  if ((own.posted & ~own.fetched & bit) != 0) {
    step = stream_step(tile, thread);
    own.fetched = static_cast<std::uint8_t>(own.fetched | bit);
    return pe::Fetch::step;
  }
  if (!listens_) return pe::Fetch::none;
  listen(tile, thread, step);
  return (own.listening & bit) != 0 ? pe::Fetch::step : pe::Fetch::none;
}

std::uint32_t KernelProgram::able(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  if (own.main == Main::free) advance(tile, cycle);
  if (own.main == Main::calling || listens_) return Program::able(tile, cycle);
  const bool has_main = own.main == Main::ready || own.main == Main::launching;
  const auto streams = static_cast<std::uint32_t>(own.posted & ~own.fetched);
  return streams | (has_main ? 1U << pe::kMainThread : 0U);
}

std::uint32_t KernelProgram::pass(std::uint32_t tile, std::uint8_t thread, std::uint32_t data) {
  return values_->pass(tile, operation_of(tile, thread), streams_[tile].at(thread), data);
}

void KernelProgram::main_done(std::uint32_t tile, core::Cycle cycle) {
  Tile& own = tiles_[tile];
  last_end_ = std::max(last_end_, cycle);
  if (std::exchange(own.main, Main::free) == Main::launching) return;
  const Instruction& instruction = code(tile).instructions[own.next];
  const std::uint32_t next = instruction.kind == Instruction::Kind::timed ? instruction.target : own.next + 1;
  if (values_) compute(tile, own.next, next, cycle);
  own.next = next;
}

void KernelProgram::completed(std::uint32_t tile, std::uint8_t thread, core::Cycle cycle,
                              std::uint64_t received) {
  if (thread == pe::kMainThread) return main_done(tile, cycle);
  Tile& own = tiles_[tile];
  const auto bit = static_cast<std::uint8_t>(1U << thread);
  if ((own.listening & bit) != 0) {
    own.listening = static_cast<std::uint8_t>(own.listening & ~bit);
    own.arrivals.at(thread) = static_cast<std::uint32_t>(received);
    for (const kernels::Listener& each : code(tile).listeners) {
      if (each.thread == thread) own.pending |= 1U << each.task;
    }
    return;
  }
  if ((own.posted & bit) == 0) return call_step_done(tile, thread, cycle, received);
  const CodeOperation& operation = operation_of(tile, thread);
  own.posted = static_cast<std::uint8_t>(own.posted & ~bit);
  own.fetched = static_cast<std::uint8_t>(own.fetched & ~bit);
  own.pending |= operation.activates;
  own.blocked &= ~operation.unblocks;
  last_end_ = std::max(last_end_, cycle);
  if (own.main == Main::waiting && own.waits_for == thread) own.main = Main::free;
}

bool KernelProgram::all_done(const std::function<bool(core::Coordinate)>& has) const {
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    if (!is_done(tiles_[tile]) && has(compiled_.at(tile))) return false;
  }
  return true;
}

std::string KernelProgram::color_name(core::Color color) const {
  const auto found = std::find(compiled_.colors.begin(), compiled_.colors.end(), color);
  if (found == compiled_.colors.end()) return fmt::format("{}", color);
  return fmt::format(
      "{} ({})", compiled_.kernel->colors[static_cast<std::size_t>(found - compiled_.colors.begin())].name,
      color);
}

std::string KernelProgram::stream_text(std::uint32_t tile, std::uint8_t thread) const {
  const CodeOperation& operation = operation_of(tile, thread);
  const auto color_of = [&](const std::vector<pe::QueueBinding>& bindings, std::uint8_t queue) {
    for (const pe::QueueBinding& each : bindings) {
      if (each.queue == queue) return color_name(each.color);
    }
    return std::string();
  };
  std::string text = fmt::format("microthread {} at line {} of task {}", thread, operation.line,
                                 compiled_.kernel->tasks[operation.task].name);
  if (operation.input != pe::kNoQueue) {
    text += fmt::format(", which takes color {}", color_of(code(tile).inputs, operation.input));
  }
  if (operation.output != pe::kNoQueue) {
    text += fmt::format("{} sends color {}", operation.input == pe::kNoQueue ? ", which" : " and",
                        color_of(code(tile).outputs, operation.output));
  }
  return text;
}

std::vector<PlacedLine> KernelProgram::unfinished() const {
  std::vector<PlacedLine> lines;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    const Tile& own = tiles_[tile];
    if (is_done(own)) continue;
    std::string text;
    const auto tell = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
    if (own.task != kNoTask) {
      tell(fmt::format(
          "task {} is at line {}", task_name(tile, own.task),
          code(tile)
              .instructions[own.next - (own.main == Main::waiting || own.main == Main::calling ? 1 : 0)]
              .line));
    }
    for (std::uint8_t thread = 0; thread < kMicrothreads; ++thread) {
      if ((own.posted >> thread & 1U) != 0) tell(stream_text(tile, thread));
    }
    for (std::uint32_t bit = 0; bit < code(tile).tasks.size(); ++bit) {
      if ((own.pending & own.blocked) >> bit & 1U) {
        tell(fmt::format("task {} is activated and blocked", task_name(tile, bit)));
      }
    }
    const core::Coordinate at = compiled_.at(tile);
    lines.push_back({at, fmt::format("tile ({}, {}), {}: {}", at.x, at.y, compiled_.kernel->file, text)});
  }
  return lines;
}

std::vector<ProgramView::Waiting> KernelProgram::waiting_threads() const {
  std::vector<Waiting> result;
  for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
    const Tile& own = tiles_[tile];
    if (own.task == kNoTask || own.main == Main::ready || own.main == Main::running) continue;
    const Instruction& instruction = code(tile).instructions[own.next - (own.main == Main::waiting ? 1 : 0)];
    if (instruction.kind != Instruction::Kind::stream) continue;
    result.push_back({compiled_.at(tile), pe::kMainThread, code(tile).operations[instruction.index].thread,
                      fmt::format("line {} of task {}", instruction.line, task_name(tile, own.task))});
  }
  return result;
}

std::optional<std::uint32_t> KernelProgram::tile_at(core::Coordinate at) const {
  if (!compiled_.area.contains(at)) return std::nullopt;
  return (at.y - compiled_.area.y) * compiled_.area.width + (at.x - compiled_.area.x);
}

std::optional<std::uint8_t> KernelProgram::sender(core::Coordinate at, core::Color color) const {
  const std::optional<std::uint32_t> tile = tile_at(at);
  if (!tile) return std::nullopt;
  for (const pe::QueueBinding& each : code(*tile).outputs) {
    if (each.color != color) continue;
    if (const auto thread = thread_at(*tile, &CodeOperation::output, each.queue)) return thread;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> KernelProgram::receiver(core::Coordinate at, core::Color color) const {
  const std::optional<std::uint32_t> tile = tile_at(at);
  if (!tile) return std::nullopt;
  for (const pe::QueueBinding& each : code(*tile).inputs) {
    if (each.color == color) return thread_at(*tile, &CodeOperation::input, each.queue).value_or(each.queue);
  }
  return std::nullopt;
}

std::optional<std::uint8_t> KernelProgram::thread_at(std::uint32_t tile, std::uint8_t CodeOperation::*side,
                                                     std::uint8_t queue) const {
  for (const CodeOperation& operation : code(tile).operations) {
    if (operation.*side == queue) return operation.asynchronous ? operation.thread : pe::kMainThread;
  }
  return std::nullopt;
}

void KernelProgram::archive(core::State& state, std::uint32_t tile) {
  state(tiles_[tile]);
  for (std::size_t slot = 0; slot < compiled_.kernel->slots; ++slot) state(slots(tile)[slot]);
  if (!calls_.empty()) state(calls_[tile]);
  if (!values_) return;
  state(streams_[tile]);
  values_->archive(state, tile);
}

}  // namespace waferloom::wafer
