// SPDX-License-Identifier: Apache-2.0
#include "pe/pe_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "core/error.hpp"

namespace waferloom::pe {

using core::Color;
using core::Cycle;

PeArray::PeArray(const PeParameters& parameters, std::uint32_t ramp_latency_cycles,
                 std::uint32_t router_queue_depth, std::vector<core::Coordinate> places)
    : parameters_(parameters),
      ramp_latency_(ramp_latency_cycles),
      router_depth_(router_queue_depth),
      places_(std::move(places)),
      slots_(places_.size(), kNoSlot) {}

void PeArray::load(std::uint32_t tile, Program& program, std::uint32_t program_tile,
                   const std::vector<QueueBinding>& inputs, const std::vector<QueueBinding>& outputs,
                   Cycle start) {
  slots_[tile] = static_cast<std::uint32_t>(pes_.size());
  Pe& pe = pes_.emplace_back();
  pe.tile = tile;
  pe.program = &program;
  pe.program_tile = program_tile;
  pe.input_of_color.fill(kNoQueue);
  pe.output_of_color.fill(kNoQueue);
  for (const QueueBinding& binding : inputs) {
    Queue& queue = pe.inputs.at(binding.queue);
    queue.bound = true;
    queue.color = binding.color;
    queue.depth = static_cast<std::uint8_t>(parameters_.input_queues.at(binding.queue));
    pe.input_of_color.at(binding.color) = binding.queue;
  }
  for (const QueueBinding& binding : outputs) {
    Queue& queue = pe.outputs.at(binding.queue);
    queue.bound = true;
    queue.color = binding.color;
    queue.depth = static_cast<std::uint8_t>(parameters_.output_queues.at(binding.queue));
    queue.credits = static_cast<std::uint8_t>(router_depth_);
    pe.output_of_color.at(binding.color) = binding.queue;
  }
  for (Thread& thread : pe.threads) thread.state = State::unasked;
  schedule(pe, start);
}

void PeArray::resume(std::uint32_t tile, Cycle cycle) {
  if (slots_[tile] == kNoSlot) return;
  Pe& pe = pes_[slots_[tile]];
  for (Thread& thread : pe.threads) {
    if (thread.state == State::parked) thread.state = State::unasked;
  }
  schedule(pe, cycle + 1);
}

Cycle PeArray::ready_cycle(const Entry& entry, Cycle now) {
  const auto ahead = (entry.ready - static_cast<std::uint32_t>(now)) & 0x7fffffffU;
  return ahead < 0x40000000U ? now + ahead : now;
}

void PeArray::schedule(Pe& pe, Cycle cycle) {
  if (pe.wake <= cycle) return;
  pe.wake = cycle;
  const std::uint32_t slot = slots_[pe.tile];
  if (cycle - cycle_ < kWheelSlots) {
    const std::size_t index = cycle % kWheelSlots;
    wheel_[index].push_back(slot);
    wheel_filled_[index / 64] |= std::uint64_t{1} << (index % 64);
  } else {
    far_.emplace(cycle, slot);
  }
}

void PeArray::deliver(std::uint32_t tile, const core::Wavelet& wavelet, Cycle cycle) {
  const std::uint32_t slot = slots_[tile];
  const std::uint8_t index = slot == kNoSlot ? kNoQueue : pes_[slot].input_of_color[wavelet.color];
  if (index == kNoQueue) {
    const core::Coordinate at = places_[tile];
    throw core::SimulationError(fmt::format(
        "cycle {}: a wavelet of color {} reaches the PE of tile ({}, {}), which has no input queue for it", cycle,
        wavelet.color, at.x, at.y));
  }
  Pe& pe = pes_[slot];
  const Cycle ready = cycle + ramp_latency_;
  pe.inputs[index].push({wavelet.data, static_cast<std::uint32_t>(ready) & 0x7fffffffU, wavelet.control ? 1U : 0U});
  ++pe.received;
  received_payload_[wavelet.color] += wavelet.data;
  if (wavelet.control) pe.control_inputs = static_cast<std::uint8_t>(pe.control_inputs | (1U << index));
  if (((pe.active_streams >> index) & 1U) != 0 || wavelet.control) {
    schedule(pe, std::max(ready, pe.busy_until));
  }
}

void PeArray::return_output_credit(std::uint32_t tile, Color color, Cycle cycle) {
  Pe& pe = pes_[slots_[tile]];
  Queue& queue = pe.outputs[pe.output_of_color[color]];
  if (queue.credits++ == 0 && queue.count != 0) schedule(pe, cycle + 1);
}

void PeArray::step(Cycle cycle) {
  cycle_ = cycle;
  const std::size_t index = cycle % kWheelSlots;
  due_.clear();
  due_.swap(wheel_[index]);
  wheel_filled_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
  while (!far_.empty() && far_.top().first <= cycle) {
    due_.push_back(far_.top().second);
    far_.pop();
  }
  for (const std::uint32_t slot : due_) {
    Pe& pe = pes_[slot];
    if (pe.wake != cycle) continue;  // visited or asked for again in the meantime
    pe.wake = core::kNever;
    visit(pe, cycle);
  }
}

Cycle PeArray::next_cycle(Cycle now) const {
  Cycle next = far_.empty() ? core::kNever : far_.top().first;
  for (std::size_t ahead = 1; ahead < kWheelSlots + 64;) {
    const std::size_t index = (now + ahead) % kWheelSlots;
    const std::uint64_t rest = wheel_filled_[index / 64] >> (index % 64);
    if (rest != 0) {
      const Cycle found = now + ahead + static_cast<Cycle>(std::countr_zero(rest));
      return std::min(next, found);
    }
    ahead += 64 - index % 64;
  }
  return next;
}

void PeArray::visit(Pe& pe, Cycle cycle) {
  if (pe.filled_outputs != 0) drain_outputs(pe, cycle);
  if (pe.control_inputs != 0) drop_control(pe, cycle);
  if (pe.finishing != kNoThread && pe.busy_until <= cycle) {
    const std::uint8_t thread = std::exchange(pe.finishing, kNoThread);
    finish(pe, thread, cycle);
  }
  settle_main(pe, cycle);
  fetch_all(pe, cycle);
  if (pe.busy_until <= cycle) use_datapath(pe, cycle);
  const Cycle next = next_visit(pe, cycle);
  if (next != core::kNever) schedule(pe, next);
}

void PeArray::drain_outputs(Pe& pe, Cycle cycle) {
  std::uint32_t ready = 0;
  for (std::uint32_t rest = pe.filled_outputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::size_t>(std::countr_zero(rest));
    if (pe.outputs[q].credits > 0 && is_ready(pe.outputs[q].head(), cycle)) ready |= 1U << q;
  }
  if (ready == 0) return;
  const std::uint32_t later = ready & ~((2U << pe.last_output) - 1U);
  const auto chosen = static_cast<std::uint8_t>(std::countr_zero(later != 0 ? later : ready));
  Queue& queue = pe.outputs[chosen];
  router_->inject(pe.tile, {queue.head().data, queue.color, queue.head().control != 0});
  queue.pop();
  --queue.credits;
  ++pe.injected;
  pe.last_output = chosen;
  if (queue.count == 0) pe.filled_outputs = static_cast<std::uint8_t>(pe.filled_outputs & ~(1U << chosen));
}

void PeArray::finish(Pe& pe, std::uint8_t index, Cycle cycle) {
  Thread& thread = pe.threads[index];
  // All threads that wait are asked again: what they wait for may be this step.
  for (Thread& other : pe.threads) {
    if (other.state == State::parked) other.state = State::unasked;
  }
  thread.state = State::unasked;
  pe.active_streams = static_cast<std::uint8_t>(pe.active_streams & ~(1U << index));
  pe.program->completed(pe.program_tile, index, cycle, thread.received);
}

void PeArray::fetch_all(Pe& pe, Cycle cycle) {
  for (std::uint8_t index = 0; index < kThreads; ++index) {
    if (pe.threads[index].state == State::unasked) fetch(pe, index, cycle);
  }
}

void PeArray::fetch(Pe& pe, std::uint8_t index, Cycle cycle) {
  Thread& thread = pe.threads[index];
  Step step;
  const Fetch fetched = pe.program->fetch(pe.program_tile, index, cycle, step);
  thread.state = State::parked;
  if (fetched != Fetch::step) return;
  thread.step = step;
  thread.received = 0;
  thread.start = cycle + parameters_.task_launch_cycles;
  thread.state = State::active;
  if (index == kMainThread) {
    thread.remaining = step.cycles;
  } else {
    thread.remaining = step.iterations + (step.finishes_with_control ? 1 : 0);
    pe.active_streams = static_cast<std::uint8_t>(pe.active_streams | (1U << index));
  }
}

void PeArray::drop_control(Pe& pe, Cycle cycle) {
  for (std::uint32_t rest = pe.control_inputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::size_t>(std::countr_zero(rest));
    Queue& queue = pe.inputs[q];
    while (queue.count != 0 && queue.head().control != 0 && is_ready(queue.head(), cycle)) {
      queue.pop();
      router_->return_input_credit(pe.tile, queue.color);
    }
    if (queue.count == 0) pe.control_inputs = static_cast<std::uint8_t>(pe.control_inputs & ~(1U << q));
  }
}

bool PeArray::has_slots(const Pe& pe, const Step& step) const {
  if (step.output == kNoQueue) return true;
  const Queue& queue = pe.outputs[step.output];
  return queue.count < queue.depth;
}

bool PeArray::can_iterate(const Pe& pe, const Thread& thread, Cycle cycle) const {
  if (thread.start > cycle || !has_slots(pe, thread.step)) return false;
  const bool sends_control = thread.step.finishes_with_control && thread.remaining == 1;
  if (thread.step.input == kNoQueue || sends_control) return true;
  const Queue& queue = pe.inputs[thread.step.input];
  return queue.count != 0 && queue.head().control == 0 && is_ready(queue.head(), cycle);
}

void PeArray::settle_main(Pe& pe, Cycle cycle) {
  if (!pe.main_running) return;
  Thread& main = pe.threads[kMainThread];
  const Cycle elapsed = std::min<Cycle>(cycle - pe.main_since, main.remaining);
  account(pe, main.step, elapsed);
  main.remaining -= elapsed;
  pe.main_since = cycle;
  if (main.remaining != 0) return;
  pe.main_running = false;
  finish(pe, kMainThread, cycle);
}

void PeArray::use_datapath(Pe& pe, Cycle cycle) {
  Thread& main = pe.threads[kMainThread];
  const bool main_active = main.state == State::active && main.start <= cycle;
  if (!(main_active && pe.main_owed)) {
    for (std::uint32_t turn = 1; turn <= kMainThread && pe.active_streams != 0; ++turn) {
      const auto index = static_cast<std::uint8_t>((pe.last_thread + turn) % kMainThread);
      if (((pe.active_streams >> index) & 1U) == 0 || !can_iterate(pe, pe.threads[index], cycle)) continue;
      pe.main_running = false;
      pe.main_owed = main_active;
      iterate(pe, index, cycle);
      return;
    }
  }
  pe.main_owed = false;
  if (main_active && !pe.main_running) {
    pe.main_running = true;
    pe.main_since = cycle;
  }
}

void PeArray::iterate(Pe& pe, std::uint8_t index, Cycle cycle) {
  Thread& thread = pe.threads[index];
  const Step& step = thread.step;
  const bool sends_control = step.finishes_with_control && thread.remaining == 1;
  std::uint32_t payload = sends_control ? step.control : step.addend;
  if (step.input != kNoQueue && !sends_control) {
    Queue& input = pe.inputs[step.input];
    payload += input.head().data;
    thread.received += input.head().data;
    input.pop();
    router_->return_input_credit(pe.tile, input.color);
  }
  if (step.output != kNoQueue) {
    const Cycle ready = cycle + step.cycles - 1 + ramp_latency_;
    pe.outputs[step.output].push({payload, static_cast<std::uint32_t>(ready) & 0x7fffffffU, sends_control ? 1U : 0U});
    pe.filled_outputs = static_cast<std::uint8_t>(pe.filled_outputs | (1U << step.output));
  }
  account(pe, step, step.cycles);
  pe.last_thread = index;
  pe.busy_until = cycle + step.cycles;
  if (--thread.remaining == 0) {
    pe.finishing = index;
    pe.active_streams = static_cast<std::uint8_t>(pe.active_streams & ~(1U << index));
  }
}

void PeArray::account(Pe& pe, const Step& step, std::uint64_t cycles) {
  pe.busy += cycles;
  if (step.tag >= totals_.size()) totals_.resize(std::size_t{step.tag} + 1);
  totals_[step.tag].busy_cycles[static_cast<std::size_t>(step.work)] += cycles;
}

Cycle PeArray::next_visit(const Pe& pe, Cycle cycle) const {
  Cycle next = core::kNever;
  for (std::uint32_t rest = pe.filled_outputs; rest != 0; rest &= rest - 1) {
    const Queue& queue = pe.outputs[static_cast<std::size_t>(std::countr_zero(rest))];
    if (queue.credits > 0) next = std::min(next, std::max(ready_cycle(queue.head(), cycle), cycle + 1));
  }
  for (std::uint32_t rest = pe.control_inputs; rest != 0; rest &= rest - 1) {
    const Queue& queue = pe.inputs[static_cast<std::size_t>(std::countr_zero(rest))];
    if (queue.count != 0 && queue.head().control != 0) {
      next = std::min(next, std::max(ready_cycle(queue.head(), cycle), cycle + 1));
    }
  }
  const Cycle base = std::max(cycle + 1, pe.busy_until);
  if (pe.finishing != kNoThread) next = std::min(next, base);
  const Thread& main = pe.threads[kMainThread];
  if (pe.main_running) {
    next = std::min(next, pe.main_since + main.remaining);
  } else if (main.state == State::active) {
    next = std::min(next, std::max(base, main.start));
  }
  for (std::uint32_t rest = pe.active_streams; rest != 0; rest &= rest - 1) {
    const Thread& thread = pe.threads[static_cast<std::size_t>(std::countr_zero(rest))];
    Cycle at = std::max(base, thread.start);
    if (thread.step.input != kNoQueue && !(thread.step.finishes_with_control && thread.remaining == 1)) {
      const Queue& queue = pe.inputs[thread.step.input];
      if (queue.count == 0) continue;
      at = std::max(at, ready_cycle(queue.head(), cycle));
    }
    if (!has_slots(pe, thread.step)) continue;  // the queue's drain brings the next visit
    next = std::min(next, at);
  }
  return next;
}

std::uint64_t PeArray::busy_cycles(std::uint32_t tile) const {
  return slots_[tile] == kNoSlot ? 0 : pes_[slots_[tile]].busy;
}
std::uint64_t PeArray::received(std::uint32_t tile) const {
  return slots_[tile] == kNoSlot ? 0 : pes_[slots_[tile]].received;
}
std::uint64_t PeArray::injected(std::uint32_t tile) const {
  return slots_[tile] == kNoSlot ? 0 : pes_[slots_[tile]].injected;
}

std::vector<WaitingThread> PeArray::waiting() const {
  std::vector<WaitingThread> result;
  for (const Pe& pe : pes_) {
    for (std::uint8_t index = 0; index < kMainThread; ++index) {
      const Thread& thread = pe.threads[index];
      if (thread.state != State::active) continue;
      const bool no_space = !has_slots(pe, thread.step);
      const bool no_input = thread.step.input != kNoQueue && pe.inputs[thread.step.input].count == 0;
      const Color color = no_input   ? pe.inputs[thread.step.input].color
                          : no_space ? pe.outputs[thread.step.output].color
                                     : Color{0};
      result.push_back({pe.tile, index, no_input, no_space, color});
    }
  }
  return result;
}

std::uint64_t PeArray::queued_wavelets() const {
  std::uint64_t total = 0;
  for (const Pe& pe : pes_) {
    for (const Queue& queue : pe.inputs) total += queue.count;
    for (const Queue& queue : pe.outputs) total += queue.count;
  }
  return total;
}

}  // namespace waferloom::pe
