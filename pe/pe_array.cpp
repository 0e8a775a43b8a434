// SPDX-License-Identifier: Apache-2.0
#include "pe/pe_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "core/error.hpp"
#include "core/places.hpp"

namespace waferloom::pe {

using core::Color;
using core::Cycle;

PeArray::PeArray(const sc_core::sc_module_name& name, const PeParameters& parameters,
                 std::uint32_t ramp_latency_cycles, std::uint32_t router_queue_depth,
                 const core::Rectangle& area)
    : sc_module(name),
      ramp("ramp"),
      memory("memory"),
      parameters_(parameters),
      ramp_latency_(ramp_latency_cycles),
      router_depth_(router_queue_depth),
      area_(area),
      slots_(area.area(), kNoSlot) {}

void PeArray::make_ring(std::vector<Ring>& rings, std::uint32_t slot) {
  if (rings.size() <= slot) rings.resize(std::size_t{slot} + 1);
}

PeArray::Pe& PeArray::make_pe(std::uint32_t tile, const std::vector<QueueBinding>& inputs,
                              const std::vector<QueueBinding>& outputs) {
  const auto slot = static_cast<std::uint32_t>(pes_.size());
  slots_[tile] = slot;
  Pe& pe = pes_.emplace_back();
  pe.tile = tile;
  pe.slot = slot;
  pe.in_ramp.fill(core::kNoRamp);
  for (auto& threads : threads_) threads.emplace_back();
  for (const QueueBinding& binding : inputs) {
    const std::uint32_t handle = router_->ramp(tile, binding.color);
    router_->bind_input(handle, slot * kQueuesPerPe + binding.queue,
                        parameters_.input_queues.at(binding.queue));
    make_ring(inputs_.at(binding.queue), slot);
    pe.in_ramp.at(binding.queue) = handle;
    pe.in_color.at(binding.queue) = binding.color;
  }
  for (const QueueBinding& binding : outputs) {
    const std::uint32_t handle = router_->ramp(tile, binding.color);
    router_->bind_output(handle, slot * kQueuesPerPe + binding.queue);
    make_ring(outputs_.at(binding.queue), slot);
    pe.out_ramp.at(binding.queue) = handle;
    pe.out_color.at(binding.queue) = binding.color;
    pe.out_depth.at(binding.queue) = static_cast<std::uint8_t>(parameters_.output_queues.at(binding.queue));
    pe.out_credits.at(binding.queue) = static_cast<std::uint8_t>(handle == core::kNoRamp ? 0 : router_depth_);
  }
  return pe;
}

void PeArray::load(std::uint32_t tile, Program& program, std::uint32_t program_tile,
                   const std::vector<QueueBinding>& inputs, const std::vector<QueueBinding>& outputs,
                   Cycle start) {
  Pe& pe = make_pe(tile, inputs, outputs);
  pe.program = &program;
  pe.program_tile = program_tile;
  ask_again(pe);
  schedule(pe, pe.slot, start);
}

void PeArray::replace(std::uint32_t tile, OwnPe& module, const std::vector<QueueBinding>& inputs,
                      const std::vector<QueueBinding>& outputs, Cycle start) {
  for (const auto* bindings : {&inputs, &outputs}) {
    for (const QueueBinding& binding : *bindings) {
      if (router_->ramp(tile, binding.color) != core::kNoRamp) continue;
      const core::Coordinate at = core::place_at(area_, tile);
      throw core::InputError(
          fmt::format("tile ({}, {}): the module in the PE's place uses color {}, which has no route there",
                      at.x, at.y, binding.color));
    }
  }
  Pe& pe = make_pe(tile, inputs, outputs);
  pe.module = &module;
  pe.replaced = true;
  pe.active_streams = 0xff;  // every wavelet that arrives causes a visit
  schedule(pe, pe.slot, start);
}

void PeArray::visit_in(std::uint32_t tile, Cycle cycle) {
  cycle_ = std::max(cycle_, cycle - 1);  // asked from outside of this array's cycles
  schedule(pes_[slots_[tile]], slots_[tile], cycle);
}

std::optional<core::Wavelet> PeArray::wavelet(std::uint32_t tile, std::uint8_t queue, std::uint32_t ahead,
                                              Cycle cycle) const {
  const Pe& pe = pes_[slots_[tile]];
  if (pe.in_count[queue] <= ahead) return std::nullopt;
  const Entry& entry = inputs_[queue][pe.slot][(pe.in_front[queue] + ahead) % kMaxQueueDepth];
  if (!is_ready(entry, cycle)) return std::nullopt;
  return core::Wavelet{entry.data, pe.in_color[queue], entry.control()};
}

std::uint32_t PeArray::room(std::uint32_t tile, std::uint8_t queue) const {
  const Pe& pe = pes_[slots_[tile]];
  return pe.out_depth[queue] - pe.out_count[queue];
}

void PeArray::send_result(std::uint32_t tile, std::uint8_t queue, std::uint32_t data, bool control,
                          Cycle cycle) {
  keep_stamps(cycle);
  send(pes_[slots_[tile]], queue, data, control, cycle - 1 + ramp_latency_, cycle);
}

void PeArray::resume(std::uint32_t tile, Cycle cycle) {
  const std::uint32_t slot = slots_[tile];
  if (slot == kNoSlot) return;
  cycle_ = std::max(cycle_, cycle);  // asked from outside of this array's cycles
  note_change(pes_[slot]);
  ask_again(pes_[slot]);
  schedule(pes_[slot], slot, cycle + 1);
}

Cycle PeArray::ready_cycle(const Entry& entry, Cycle now) {
  const std::uint32_t ahead = (entry.stamp - static_cast<std::uint32_t>(now)) & kStampMask;
  return ahead <= kStampMask / 2 ? now + ahead : now;
}

void PeArray::stamp_anew(Cycle cycle) {
  const auto renew = [&](Ring& ring, std::size_t front, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Entry& entry = ring[(front + i) % kMaxQueueDepth];
      // All of them were stamped since, and for less than 2^30 cycles after.
      if (ready_cycle(entry, stamped_) <= cycle) entry = make_entry(entry.data, cycle, entry.control());
    }
  };
  for (const Pe& pe : pes_) {
    for (std::size_t q = 0; q < kMaxInputQueues; ++q) {
      if (pe.in_count[q] != 0) renew(inputs_[q][pe.slot], pe.in_front[q], pe.in_count[q]);
    }
    for (std::size_t q = 0; q < kMaxOutputQueues; ++q) {
      if (pe.out_count[q] != 0) renew(outputs_[q][pe.slot], pe.out_front[q], pe.out_count[q]);
    }
  }
  stamped_ = cycle;
}

inline void PeArray::deliver(const core::Delivery& each, Cycle ready) {
  const std::uint32_t slot = each.queue / kQueuesPerPe;
  const std::uint32_t q = each.queue % kQueuesPerPe;
  Pe& pe = pes_[slot];
  note_change(pe);
  inputs_[q][slot][(pe.in_front[q] + pe.in_count[q]) % kMaxQueueDepth] =
      make_entry(each.data, ready, each.control);
  ++pe.in_count[q];
  pe.filled_inputs = static_cast<std::uint8_t>(pe.filled_inputs | (1U << q));
  if (each.control) [[unlikely]] {
    pe.control_inputs = static_cast<std::uint8_t>(pe.control_inputs | (1U << q));
    schedule(pe, slot, std::max(ready, pe.busy_until));
  } else if (((pe.active_streams >> q) & 1U) != 0) {
    schedule(pe, slot, std::max(ready, pe.stream_from));
  }
}

void PeArray::deliver(std::span<const core::Delivery> deliveries, Cycle cycle) {
  const Cycle ready = cycle + ramp_latency_;
  core::walk_ahead(
      deliveries.size(), [&](std::size_t i) { prefetch_pe(deliveries[i].queue / kQueuesPerPe); },
      [](std::size_t) {}, [&](std::size_t i) { deliver(deliveries[i], ready); });
}

void PeArray::return_output_credits(std::span<const std::uint32_t> queues, Cycle cycle) {
  core::walk_ahead(
      queues.size(), [&](std::size_t i) { prefetch_pe(queues[i] / kQueuesPerPe); }, [](std::size_t) {},
      [&](std::size_t i) {
        const std::uint32_t slot = queues[i] / kQueuesPerPe;
        const std::uint32_t q = queues[i] % kQueuesPerPe;
        Pe& pe = pes_[slot];
        if (pe.out_credits[q]++ == 0 && pe.out_count[q] != 0) schedule(pe, slot, cycle + 1);
      });
}

void PeArray::step(Cycle cycle) {
  keep_stamps(cycle);
  cycle_ = cycle;
  if (first_later_ < cycle + kWheelSlots) [[unlikely]]
    bring_near(cycle);
  const std::size_t index = cycle % kWheelSlots;
  std::uint64_t& word = wheel_filled_[index / kWordBits];
  word &= ~(std::uint64_t{1} << (index % kWordBits));
  if (word == 0) wheel_words_ &= ~(std::uint64_t{1} << (index / kWordBits));
  std::vector<std::uint32_t>& due = wheel_.of(cycle);
  if (pes_.size() > kInCaches) ascending_.order(due);
  core::walk_ahead(
      due.size(), [&](std::size_t i) { prefetch_pe(due[i]); },
      [&](std::size_t i) { prefetch_threads(pes_[due[i]]); },
      [&](std::size_t i) {
        // Else it was visited, or asked for again, in the meantime.
        if (pes_[due[i]].wake == cycle) visit(due[i], cycle);
      });
  wheel_.clear(cycle);
}

void PeArray::bring_near(Cycle cycle) {
  for (; !later_.empty() && later_.begin()->first < cycle + kWheelSlots; later_.erase(later_.begin())) {
    for (const std::uint32_t slot : later_.begin()->second) put_visit(slot, later_.begin()->first);
  }
  first_later_ = later_.empty() ? core::kNever : later_.begin()->first;
}

void PeArray::prefetch_threads(const Pe& pe) const {
  if (pe.main_running) __builtin_prefetch(&threads_[kMainThread][pe.slot], 1);
  // A module in a PE's place has no threads, but queues.
  for (std::uint32_t rest = fed_streams(pe) & kAllThreads; rest != 0; rest &= rest - 1) {
    const auto index = static_cast<std::size_t>(std::countr_zero(rest));
    __builtin_prefetch(&threads_[index][pe.slot], 1);
    if (index < kMaxInputQueues && pe.slot < inputs_[index].size())
      __builtin_prefetch(&inputs_[index][pe.slot]);
  }
}

Cycle PeArray::next_cycle(Cycle now) const {
  if (wheel_words_ == 0) return first_later_;
  const std::size_t first = (now + 1) % kWheelSlots;
  const auto distance = [&](std::size_t index) {
    return std::min(now + 1 + (index + kWheelSlots - first) % kWheelSlots, first_later_);
  };
  const std::size_t word = first / kWordBits;
  if (const std::uint64_t rest = wheel_filled_[word] >> (first % kWordBits); rest != 0) {
    return std::min(now + 1 + static_cast<Cycle>(std::countr_zero(rest)), first_later_);
  }
  // The next filled word after this one, round the wheel; last comes this word's part before `first`.
  const std::uint64_t turned = std::rotr(wheel_words_, static_cast<int>((word + 1) % kWordBits));
  const std::size_t next = (word + 1 + static_cast<std::size_t>(std::countr_zero(turned))) % kWordBits;
  return distance(next * kWordBits + static_cast<std::size_t>(std::countr_zero(wheel_filled_[next])));
}

inline bool PeArray::can_iterate(const Pe& pe, const Thread& thread, Cycle cycle) const {
  if (thread.start > cycle || !has_space(pe, thread)) return false;
  const std::uint8_t q = thread.input;
  if (q == kNoQueue || thread.sends_control()) return true;
  return pe.in_count[q] != 0 && !in_head(pe, q).control() && is_ready(in_head(pe, q), cycle);
}

inline void PeArray::settle_main(Pe& pe, Cycle cycle) {
  if (cycle <= pe.main_since) return;
  Thread& main = thread(pe, kMainThread);
  const Cycle elapsed = std::min<Cycle>(cycle - pe.main_since, main.remaining);
  account(pe, main, elapsed);
  main.remaining -= elapsed;
  pe.main_since = cycle;
  if (main.remaining != 0) return;
  pe.main_running = false;
  finish(pe, kMainThread, cycle);
}

inline void PeArray::iterate(Pe& pe, std::uint8_t index, Cycle cycle) {
  Thread& own = thread(pe, index);
  const bool sends_control = own.sends_control();
  std::uint32_t payload = sends_control ? own.control : own.addend;
  if (own.input != kNoQueue && !sends_control) {
    const std::uint32_t data = in_head(pe, own.input).data;
    payload += data;
    own.received += data;
    take_input(pe, own.input);
  }
  if (own.computes && !sends_control) [[unlikely]]
    payload = pe.program->pass(pe.program_tile, index, payload);
  const Cycle cycles = next_cycles(own);
  if (own.output != kNoQueue) {
    send(pe, own.output, payload, sends_control, cycle + cycles - 1 + ramp_latency_ + own.latency, cycle);
  }
  account(pe, own, cycles);
  pe.last_thread = index;
  pe.busy_until = cycle + cycles;
  // The main thread goes on where the iteration ends, for one cycle at least.
  pe.main_running = pe.main_active && thread(pe, kMainThread).start <= pe.busy_until;
  pe.main_since = pe.busy_until;
  pe.stream_from = pe.busy_until + (pe.main_running ? 1 : 0);
  if (--own.remaining == 0) {
    if (!own.awaits_control) pe.finishing = index;
    pe.active_streams = static_cast<std::uint8_t>(pe.active_streams & ~(1U << index));
  } else if (own.sends_control()) {
    note_next(pe, index, own);
  }
}

inline void PeArray::use_datapath(Pe& pe, Cycle cycle) {
  if (pe.active_streams != 0 && pe.stream_from <= cycle) {
    // Active threads in turn, from the one after the last served.
    const std::uint32_t fed = fed_streams(pe);
    const std::uint32_t after = fed & ~((2U << pe.last_thread) - 1U);
    for (std::uint32_t part : {after, fed & ~after}) {
      for (; part != 0; part &= part - 1) {
        const auto index = static_cast<std::uint8_t>(std::countr_zero(part));
        if (!can_iterate(pe, thread(pe, index), cycle)) continue;
        iterate(pe, index, cycle);
        return;
      }
    }
  }
  if (pe.main_active && !pe.main_running && thread(pe, kMainThread).start <= cycle) {
    pe.main_running = true;
    pe.main_since = cycle;
  }
}

inline Cycle PeArray::next_visit(const Pe& pe, Cycle cycle) const {
  if (pe.ask) return cycle + 1;
  const Cycle base = std::max(cycle + 1, pe.busy_until);
  Cycle next = pe.finishing != kNoThread ? base : core::kNever;
  if (pe.main_running) {
    next = std::min(next, pe.main_since + thread(pe, kMainThread).remaining);
  } else if (pe.main_active) {
    next = std::min(next, std::max(base, thread(pe, kMainThread).start));
  }
  if ((pe.filled_outputs | pe.control_inputs) != 0) next = std::min(next, next_drain(pe, cycle));
  // Nothing a stream could do is earlier than the datapath's next free cycle.
  const Cycle stream_base = std::max(base, pe.stream_from);
  for (std::uint32_t rest = fed_streams(pe); rest != 0 && next > stream_base; rest &= rest - 1) {
    const Thread& own = thread(pe, static_cast<std::size_t>(std::countr_zero(rest)));
    Cycle at = std::max(stream_base, own.start);
    if (const std::uint8_t q = own.input; q != kNoQueue && !own.sends_control()) {
      if (pe.in_count[q] == 0) continue;
      at = std::max(at, ready_cycle(in_head(pe, q), cycle));
    }
    if (has_space(pe, own)) next = std::min(next, at);  // else the queue's drain brings the next visit
  }
  return next;
}

void PeArray::visit(std::uint32_t slot, Cycle cycle) {
  Pe& pe = pes_[slot];
  pe.wake = core::kNever;
  note_change(pe);
  if (pe.filled_outputs != 0) drain_outputs(pe, cycle);
  if (pe.replaced) [[unlikely]]
    return visit_module(pe, cycle);
  if (pe.control_inputs != 0) take_control(pe, cycle);
  if (pe.finishing != kNoThread && pe.busy_until <= cycle) {
    finish(pe, std::exchange(pe.finishing, kNoThread), cycle);
  }
  if (pe.main_running) settle_main(pe, cycle);
  if (pe.ask) fetch_all(pe, cycle);
  if (pe.busy_until <= cycle) use_datapath(pe, cycle);
  const Cycle next = next_visit(pe, cycle);
  if (next != core::kNever) schedule(pe, slot, next);
}

void PeArray::visit_module(Pe& pe, Cycle cycle) {
  pe.control_inputs = 0;  // the module sees them like any other
  Cycle next = pe.module->visit(cycle);
  next = std::min(next, next_drain(pe, cycle));
  for (std::uint8_t q = 0; q < kMaxInputQueues; ++q) {
    const std::uint32_t known = pe.module->known(q);
    if (known >= pe.in_count[q]) continue;
    const Entry& entry = inputs_[q][pe.slot][(pe.in_front[q] + known) % kMaxQueueDepth];
    next = std::min(next, std::max(ready_cycle(entry, cycle), cycle + 1));
  }
  if (next != core::kNever) schedule(pe, pe.slot, next);
}

void PeArray::drain_outputs(Pe& pe, Cycle cycle) {
  std::uint32_t ready = 0;
  for (std::uint32_t rest = pe.filled_outputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::size_t>(std::countr_zero(rest));
    if (pe.out_credits[q] > 0 && is_ready(out_head(pe, q), cycle)) ready |= 1U << q;
  }
  if (ready == 0 || pe.ramp_used >= cycle) return;
  const std::uint32_t later = ready & ~((2U << pe.last_output) - 1U);
  const auto q = static_cast<std::uint8_t>(std::countr_zero(later != 0 ? later : ready));
  const Entry entry = out_head(pe, q);
  router_->inject(pe.out_ramp[q], entry.data, entry.control(), cycle + 1);
  pe.ramp_used = cycle;
  pe.out_front[q] = static_cast<std::uint8_t>((pe.out_front[q] + 1U) % kMaxQueueDepth);
  --pe.out_credits[q];
  ++pe.injected;
  pe.last_output = q;
  if (--pe.out_count[q] == 0) pe.filled_outputs = static_cast<std::uint8_t>(pe.filled_outputs & ~(1U << q));
}

bool PeArray::takes_control(const Pe& pe, std::size_t q) const {
  if (((pe.steps_take_control >> q) & 1U) == 0) return true;
  // A microthread has the number of its input queue; what came before the control wavelet it has taken.
  const Thread& own = thread(pe, q);
  return is_active(pe, q) && own.awaits_control && own.remaining == 0;
}

void PeArray::take_control(Pe& pe, Cycle cycle) {
  for (std::uint32_t rest = pe.control_inputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::uint8_t>(std::countr_zero(rest));
    while (pe.in_count[q] != 0 && in_head(pe, q).control() && is_ready(in_head(pe, q), cycle) &&
           takes_control(pe, q)) {
      take_input(pe, q);
      if (((pe.steps_take_control >> q) & 1U) != 0) finish(pe, q, cycle);
    }
    if (pe.in_count[q] == 0) pe.control_inputs = static_cast<std::uint8_t>(pe.control_inputs & ~(1U << q));
  }
}

void PeArray::finish(Pe& pe, std::uint8_t index, Cycle cycle) {
  const Thread& own = thread(pe, index);
  pe.active = static_cast<std::uint8_t>(pe.active & ~(1U << index));
  if (index == kMainThread) {
    pe.main_active = false;
  } else {
    pe.active_streams = static_cast<std::uint8_t>(pe.active_streams & ~(1U << index));
  }
  pe.program->completed(pe.program_tile, index, cycle, own.received);
  ask_again(pe);  // what other threads wait for may be this step
}

void PeArray::fetch_all(Pe& pe, Cycle cycle) {
  pe.ask = false;
  if (pe.unasked == 0) return;
  pe.unasked = static_cast<std::uint8_t>(pe.unasked & pe.program->able(pe.program_tile, cycle));
  for (std::uint8_t index = 0; pe.unasked >> index != 0; ++index) {
    if (((pe.unasked >> index) & 1U) != 0) fetch(pe, index, cycle);
  }
}

void PeArray::fetch(Pe& pe, std::uint8_t index, Cycle cycle) {
  const std::uint32_t bit = 1U << index;
  pe.unasked = static_cast<std::uint8_t>(pe.unasked & ~bit);
  Step step;
  if (pe.program->fetch(pe.program_tile, index, cycle, step) != Fetch::step) return;
  Thread& own = thread(pe, index);
  if (step.input_color != core::kNoColor) bind_input(pe, step.input, step.input_color);
  own.input = step.input;
  own.output = step.output;
  own.work = step.work;
  own.bank_conflict = step.bank_conflict;
  own.finishes_with_control = step.finishes_with_control;
  own.awaits_control = step.awaits_control;
  own.computes = step.computes;
  own.cycles = step.cycles;
  own.addend = step.addend;
  own.control = step.control;
  own.tag = step.tag;
  count_by(own);
  own.fraction = step.fraction;
  own.latency = step.latency;
  own.phase = 0;
  own.received = 0;
  own.start = cycle + (step.in_task ? 0 : parameters_.task_launch_cycles) + step.delay;
  pe.active = static_cast<std::uint8_t>(pe.active | bit);
  pe.unasked = static_cast<std::uint8_t>(pe.unasked & ~bit);
  if (index == kMainThread) {
    own.remaining = step.cycles;
    pe.main_active = true;
  } else {
    own.remaining = step.iterations + (step.finishes_with_control ? 1 : 0);
    // A step that only awaits a control wavelet has nothing to do meanwhile.
    if (own.remaining != 0) pe.active_streams = static_cast<std::uint8_t>(pe.active_streams | bit);
    note_next(pe, index, own);
  }
}

void PeArray::count_by(const Thread& thread) {
  if (thread.tag >= totals_.size()) totals_.resize(std::size_t{thread.tag} + 1);
}

void PeArray::note_next(Pe& pe, std::uint8_t index, const Thread& thread) {
  const std::uint32_t bit = 1U << index;
  const bool takes = thread.input == index && !thread.sends_control();
  pe.takes_input = static_cast<std::uint8_t>(takes ? pe.takes_input | bit : pe.takes_input & ~bit);
}

void PeArray::bind_input(Pe& pe, std::uint8_t q, Color color) {
  const std::uint32_t handle = router_->ramp(pe.tile, color);
  if (pe.in_ramp[q] == handle) return;
  if (pe.in_count[q] != 0) {
    const core::Coordinate at = core::place_at(area_, pe.tile);
    throw core::SimulationError(
        fmt::format("tile ({}, {}): input queue {} is bound to color {} while it holds wavelets of color {}",
                    at.x, at.y, q, color, pe.in_color[q]));
  }
  router_->bind_input(pe.in_ramp[q], core::kNoRamp, 0);
  router_->bind_input(handle, pe.slot * kQueuesPerPe + q, parameters_.input_queues.at(q));
  make_ring(inputs_[q], pe.slot);
  pe.in_ramp[q] = handle;
  pe.in_color[q] = color;
  pe.steps_take_control = static_cast<std::uint8_t>(pe.steps_take_control | (1U << q));
}

void PeArray::queue_output(Pe& pe, std::uint8_t q, std::uint32_t payload, bool control, Cycle ready,
                           Cycle cycle) {
  if (ready - cycle >= kMostAhead) {
    const core::Coordinate at = core::place_at(area_, pe.tile);
    throw core::SimulationError(
        fmt::format("tile ({}, {}): a result is sent {} cycles after its step begins, at most "
                    "{} can be told apart",
                    at.x, at.y, ready - cycle, kMostAhead - 1));
  }
  outputs_[q][pe.slot][(pe.out_front[q] + pe.out_count[q]) % kMaxQueueDepth] =
      make_entry(payload, ready, control);
  ++pe.out_count[q];
  pe.filled_outputs = static_cast<std::uint8_t>(pe.filled_outputs | (1U << q));
}

Cycle PeArray::next_drain(const Pe& pe, Cycle cycle) const {
  Cycle next = core::kNever;
  for (std::uint32_t rest = pe.filled_outputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::size_t>(std::countr_zero(rest));
    if (pe.out_credits[q] == 0) continue;
    next = std::min(next, std::max({ready_cycle(out_head(pe, q), cycle), cycle + 1, pe.ramp_used + 1}));
  }
  for (std::uint32_t rest = pe.control_inputs; rest != 0; rest &= rest - 1) {
    const auto q = static_cast<std::size_t>(std::countr_zero(rest));
    if (pe.in_count[q] != 0 && in_head(pe, q).control() && takes_control(pe, q)) {
      next = std::min(next, std::max(ready_cycle(in_head(pe, q), cycle), cycle + 1));
    }
  }
  return next;
}

std::array<std::uint64_t, kWorks> PeArray::busy_before(Cycle cycle) const {
  std::array<std::uint64_t, kWorks> busy{};
  for (const TagTotals& tag : totals_) {
    for (std::size_t w = 0; w < kWorks; ++w) busy[w] += tag.busy_cycles[w];
  }
  for (const Pe& pe : pes_) {
    if (pe.busy_until > cycle) {
      // A step that awaits control may have ended, and another begun, before its last iteration's time is over.
      busy[static_cast<std::size_t>(thread(pe, pe.last_thread).work)] -= pe.busy_until - cycle;
    }
    if (const Thread& main = thread(pe, kMainThread); pe.main_running && pe.main_since < cycle) {
      busy[static_cast<std::size_t>(main.work)] += std::min<Cycle>(cycle - pe.main_since, main.remaining);
    }
  }
  return busy;
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
      const Thread& own = thread(pe, index);
      if (!is_active(pe, index)) continue;
      const bool no_space = !has_space(pe, own);
      // A control wavelet that a step awaits is a wavelet like any other here.
      const bool no_input = own.input != kNoQueue && (pe.in_count[own.input] == 0 || own.remaining == 0);
      result.push_back({pe.tile, index, no_input, no_space,
                        own.input == kNoQueue ? core::kNoColor : pe.in_color[own.input],
                        own.output == kNoQueue ? core::kNoColor : pe.out_color[own.output]});
    }
  }
  return result;
}

bool PeArray::at_work(Cycle cycle) const {
  return std::any_of(pes_.begin(), pes_.end(), [&](const Pe& pe) {
    if (pe.busy_until > cycle || pe.main_running) return true;
    for (std::uint8_t index = 0; index < kThreads; ++index) {
      if (is_active(pe, index) && thread(pe, index).start > cycle) return true;
    }
    return false;
  });
}

std::uint8_t PeArray::bound_queue(std::uint32_t tile, Color color) const {
  const std::uint32_t slot = slots_[tile];
  if (slot == kNoSlot) return kNoQueue;
  for (std::uint8_t q = 0; q < kMaxInputQueues; ++q) {
    if (pes_[slot].in_ramp[q] != core::kNoRamp && pes_[slot].in_color[q] == color) return q;
  }
  return kNoQueue;
}

void PeArray::look(const Pe& pe, Cycle cycle, PeView& view) const {
  const auto works = [&](const Thread& own, Cycle until) {
    view.state = working_state(own.work, own.bank_conflict);
    view.tag = own.tag;
    view.until = until;
  };
  if (pe.busy_until > cycle) return works(thread(pe, pe.last_thread), pe.busy_until);
  if (const Thread& main = thread(pe, kMainThread);
      pe.main_running && pe.main_since <= cycle && cycle < pe.main_since + main.remaining) {
    return works(main, pe.main_since + main.remaining);
  }
  for (std::uint8_t index = 0; index < kMainThread; ++index) {
    const Thread& own = thread(pe, index);
    if (!is_active(pe, index)) continue;
    const bool blocked = !has_space(pe, own);
    if (!blocked && view.state == PeState::waiting_for_input) continue;
    view.state = blocked ? PeState::blocked_on_output : PeState::waiting_for_input;
    view.tag = own.tag;
    if (blocked) return;
  }
}

PeView PeArray::view(std::uint32_t tile, Cycle cycle) const {
  PeView view;
  const std::uint32_t slot = slots_[tile];
  if (slot == kNoSlot) return view;
  const Pe& pe = pes_[slot];
  look(pe, cycle, view);
  view.inputs = pe.in_count;
  view.outputs = pe.out_count;
  return view;
}

std::uint64_t PeArray::queued_wavelets() const {
  std::uint64_t total = 0;
  for (const Pe& pe : pes_) {
    for (const std::uint8_t count : pe.in_count) total += count;
    for (const std::uint8_t count : pe.out_count) total += count;
  }
  return total;
}

std::optional<QueuedWavelets> PeArray::first_queued() const {
  for (const Pe& pe : pes_) {
    for (std::size_t q = 0; q < kMaxInputQueues; ++q) {
      if (pe.in_count[q] != 0) return QueuedWavelets{pe.tile, pe.in_color[q], pe.in_count[q]};
    }
  }
  return std::nullopt;
}

}  // namespace waferloom::pe
