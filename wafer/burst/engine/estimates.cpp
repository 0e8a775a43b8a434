// SPDX-License-Identifier: Apache-2.0
// When a step whose work is done may end: what its input, its link, the others that take the same weights and the
// receivers of its output allow, as far as can be told now. Each estimate holds until the thread on which it rests
// gets faster; where others get slower, the estimate made at its end is later.
#include <algorithm>

#include "wafer/burst/engine/engine.hpp"
#include "wafer/burst/engine/flow_ways.hpp"

namespace waferloom::burst {

using wafer::QueueUse;

Ticks Engine::head_time(std::uint32_t index, const Tile& tile, const Thread& thread) {
  if (thread.in_flow != kNoFlow) {
    const Inbox& inbox = tile.inboxes[thread.in_flow];
    return inbox.transfers.empty() ? kNever : std::max(inbox.transfers.front().head, thread.begun);
  }
  if (!takes_weights(thread.step)) return thread.begun;
  const auto arrival = feeds_.arrival(lane_tile(index, thread), thread.step.iterations, thread.cost, now_);
  return arrival ? std::max(arrival->head, thread.begun) : kNever;
}

Engine::Estimate Engine::end_time(std::uint32_t index, const Tile& tile, std::uint8_t number) {
  const Thread& thread = tile.threads[number];
  Estimate end{now_, kNobody};
  if (thread.in_flow != kNoFlow) {
    const Ticks tail = tile.inboxes[thread.in_flow].transfers.front().tail;
    if (tail == kNever) return {kNever, kNobody};
    end.time = std::max(end.time, tail + thread.cost);
  }
  if (thread.link_left > 0) end.time = std::max(end.time, link_time(tile, thread, thread.step.iterations));
  if (takes_weights(thread.step)) {
    const LaneTile own = lane_tile(index, thread);
    const auto arrival = feeds_.arrival(own, thread.step.iterations, thread.cost, now_);
    if (!arrival || arrival->tail == kNever) return {kNever, kNobody};
    end.time = std::max(end.time, arrival->tail + thread.cost);
    end = later(end, others_time(own));
    if (end.time == kNever) return end;
  }
  return later(end, output_time(index, number, thread.step.iterations));
}

Engine::Estimate Engine::output_time(std::uint32_t index, std::uint8_t number, std::uint64_t words) const {
  const Thread& thread = tiles_[index].threads[number];
  if (thread.step.output == QueueUse::out_results) {
    return {drains_.time(tiles_[index].at.x, thread.step.iterations - words, now_), kNobody};
  }
  if (thread.out_flow == kNoFlow) return {};
  const Inbox& inbox = tiles_[thread.neighbour].inboxes[thread.out_flow];
  const std::uint64_t sent = inbox.sent - thread.step.iterations + words;
  const std::uint64_t free = inbox.taken + thread.slack;
  return sent <= free ? Estimate{} : take_time(thread.neighbour, thread.out_flow, sent - free);
}

Engine::Estimate Engine::take_time(std::uint32_t index, std::uint8_t flow, std::uint64_t words) const {
  const Tile& tile = tiles_[index];
  const std::uint8_t number = thread_of(flow);
  const Thread& taker = tile.threads[number];
  const ThreadId id = id_of(index, number);
  const bool takes =
      (taker.state == State::running || taker.state == State::drained) && taker.in_flow == flow;
  if (!takes || words > taker.step.iterations) return {kNever, id};
  Estimate taken{work_time(tile, number, words), id};
  if (taker.link_left > 0) taken.time = std::max(taken.time, link_time(tile, taker, words));
  // What it takes it has to pass on.
  const Estimate passed_on = output_time(index, number, words);
  if (passed_on.time <= taken.time) return taken;
  return {passed_on.time, passed_on.rests_on == kNobody ? id : passed_on.rests_on};
}

Ticks Engine::work_time(const Tile& tile, std::uint8_t number, std::uint64_t words) const {
  const Thread& thread = tile.threads[number];
  if (thread.state != State::running) return now_;
  const Ticks to_do = static_cast<Ticks>(words) * thread.cost - (thread.work - left(tile, number));
  return to_do > 0 ? now_ + time_for(tile, number, to_do) : now_;
}

Engine::Estimate Engine::others_time(const LaneTile& own) const {
  Estimate all{now_, kNobody};
  const core::Rectangle& area = own.stream.area;
  for (std::uint32_t row = area.y; row < area.y + area.height && all.time != kNever; ++row) {
    if (row == own.row) continue;
    const std::uint64_t missing = feeds_.missing(own, row);
    if (missing != 0) all = later(all, taken_time(own.in_row(row), missing));
  }
  if (!LaneCopies::is_home(own) || !LaneCopies::passes_on(own)) return all;
  for (std::uint32_t lane = 0; lane < own.stream.lanes && all.time != kNever; ++lane) {
    if (lane == own.stream.lane) continue;
    const LaneTile tap = feeds_.tap(own, lane);
    const std::uint64_t missing = feeds_.missing_at_tap(own, tap);
    if (missing != 0) all = later(all, taken_time(tap, missing));
  }
  return all;
}

Engine::Estimate Engine::taken_time(const LaneTile& at, std::uint64_t words) const {
  const std::uint32_t index = at.row * grid_.width + at.column;
  const Tile& tile = tiles_[index];
  const std::uint8_t number = LaneCopies::is_home(at) ? QueueUse::weights : QueueUse::copies;
  const Thread& taker = tile.threads[number];
  const ThreadId id = id_of(index, number);
  // In what it works on now?
  const bool takes = taker.state == State::running || taker.state == State::drained;
  if (!takes || words > taker.step.iterations) return {kNever, id};
  const Ticks passed = taker.link_left > 0 ? link_time(tile, taker, words) : now_;
  return {std::max(passed, work_time(tile, number, words)), id};
}

std::uint64_t Engine::slack(const Thread& thread) const {
  const std::uint64_t queues = hardware_.pe.output_queues[thread.step.output] +
                               hardware_.pe.input_queues[thread_of(thread.out_flow)] +
                               hardware_.fabric.queue_depth + static_cast<std::uint64_t>(link_words_);
  return static_cast<std::uint64_t>(static_cast<double>(queues) * std::max(1.0, thread.hops));
}

const Engine::Thread* Engine::link_partner(const Tile& tile, const Thread& thread) const {
  // Weights that go down a column go the way of the chains that go up.
  if (takes_weights(thread.step)) {
    const bool south = thread.onward.has(core::Direction::south);
    const Thread& chain = tile.threads[south ? QueueUse::up_y : QueueUse::down_y];
    return chain.link_left > 0 ? &chain : nullptr;
  }
  if (thread.out_flow == kNoFlow || !runs_along(trace::Axis::y, thread.out_flow)) return nullptr;
  for (const std::uint8_t queue : {QueueUse::weights, QueueUse::copies}) {
    const Thread& weights = tile.threads[queue];
    if (weights.link_left > 0 && weights.onward.has(ahead_of(thread.out_flow))) return &weights;
  }
  return nullptr;
}

Ticks Engine::link_left(const Tile& tile, const Thread& thread) const {
  if (thread.link_left == 0) return 0;
  const Ticks passed = now_ - tile.link_updated;
  const Thread* other = links_are_narrow() ? link_partner(tile, thread) : nullptr;
  const Ticks others = other == nullptr ? 0 : std::min(other->link_left, passed / 2);
  return std::max<Ticks>(thread.link_left - (passed - others), 0);
}

Ticks Engine::link_time(const Tile& tile, const Thread& thread, std::uint64_t words) const {
  const Ticks left = link_left(tile, thread);
  const Ticks first = left - static_cast<Ticks>(thread.step.iterations - words) * thread.link_period;
  if (first <= 0) return now_;
  const Thread* other = links_are_narrow() ? link_partner(tile, thread) : nullptr;
  return now_ + first + (other == nullptr ? 0 : std::min(first, link_left(tile, *other)));
}

RampLimit Engine::ramp_limit(const Thread& thread) const {
  const pe::PeParameters& pe = hardware_.pe;
  const auto cycles = static_cast<double>(thread.step.cycles);
  if (thread.out_flow != kNoFlow) {
    return ramp_limit_of(hardware_.fabric, pe.output_queues[thread.step.output],
                         pe.input_queues[thread_of(thread.out_flow)], cycles);
  }
  if (thread.step.output != QueueUse::out_copies) return {};
  return ramp_limit_of(hardware_.fabric, pe.output_queues[QueueUse::out_copies],
                       pe.input_queues[QueueUse::copies], cycles);
}

Ticks Engine::way_time(Thread& thread) const {
  const auto wavelets = static_cast<Ticks>(thread.step.iterations);
  Ticks time = 0;
  if (link_period_ > kTicksPerCycle) time = wavelets * link_period_;
  if (const RampLimit limit = ramp_limit(thread); ticks(limit.period) > thread.cost) {
    // After a pause the queues are empty, and take as much at once as they hold.
    thread.ramps_until = std::max(thread.ramps_until, now_) + wavelets * ticks(limit.period);
    time = std::max(time, thread.ramps_until - now_ - ticks(limit.places * limit.period));
  }
  return time;
}

void Engine::load_link(std::uint32_t index, Tile& tile, Thread& thread) {
  if (thread.step.iterations == 0) return;
  bool sends = thread.out_flow != kNoFlow;
  if (links_are_narrow() && takes_weights(thread.step)) {
    thread.onward = LaneCopies::onward(lane_tile(index, thread));
    sends = !thread.onward.empty();
  }
  sends = sends || thread.step.output == QueueUse::out_copies;
  const Ticks time = sends ? way_time(thread) : 0;
  if (time == 0 && !links_are_narrow()) {
    thread.link_left = 0;
    return;
  }
  std::array<Ticks, pe::kThreads> rest{};
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = link_left(tile, tile.threads[i]);
  for (std::size_t i = 0; i < rest.size(); ++i) tile.threads[i].link_left = rest[i];
  tile.link_updated = now_;
  thread.link_left = time;
  thread.link_period = time / static_cast<Ticks>(thread.step.iterations);
}

}  // namespace waferloom::burst
