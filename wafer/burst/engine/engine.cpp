// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/engine.hpp"

#include <algorithm>
#include <utility>

#include "wafer/burst/engine/hop.hpp"
#include "wafer/program/flows.hpp"

namespace waferloom::burst {

using core::Cycle;
using wafer::kFlowWays;
using wafer::QueueUse;

namespace {

constexpr std::uint64_t kProgressEvents = 4096;

/// `flow`: its place in kFlowWays, as all flows here.
core::Direction ahead_of(std::uint8_t flow) { return kFlowWays[flow].ahead; }

/// The thread that runs a flow at each tile.
std::uint8_t thread_of(std::uint8_t flow) { return kFlowWays[flow].input; }

bool runs_along(trace::Axis axis, std::uint8_t flow) { return kFlowWays[flow].axis == axis; }

core::Direction towards(fabric::Edge edge) {
  return edge == fabric::Edge::north ? core::Direction::north : core::Direction::south;
}

bool takes_weights(const pe::Step& step) { return wafer::brings_weights(step.input); }

}  // namespace

Engine::Engine(const wafer::Hardware& hardware, core::Rectangle grid, const std::vector<RecordScale>& scales,
               Feeds& feeds, Drains& drains)
    : hardware_(hardware),
      grid_(grid),
      scales_(scales),
      feeds_(feeds),
      drains_(drains),
      srams_(hardware.pe, grid.area()),
      link_cycles_{2.0 * hardware.fabric.ramp_latency_cycles +
                       hop_cycles(hardware.fabric, hardware.fabric.reticle_width),
                   2.0 * hardware.fabric.ramp_latency_cycles +
                       hop_cycles(hardware.fabric, hardware.fabric.reticle_height)},
      link_ticks_(static_cast<Ticks>(hardware.fabric.link_cycles()) * kTicksPerCycle),
      tiles_(grid.area()) {}

void Engine::load(pe::Program& program, const wafer::StepShares& shares) {
  program_ = &program;
  shares_ = &shares;
  for (std::uint32_t index = 0; index < tiles_.size(); ++index) {
    tiles_[index].ask = true;
    schedule(index, now_);
  }
}

void Engine::resume(std::uint32_t index, Cycle) {
  Tile& tile = tiles_[index];
  for (Thread& thread : tile.threads) {
    if (thread.state == State::parked) thread.state = State::unasked;
  }
  tile.ask = true;
  schedule(index, now_);
}

void Engine::at(Ticks time, std::function<void()> action) {
  std::size_t place = actions_.size();
  if (!free_actions_.empty()) {
    place = free_actions_.back();
    free_actions_.pop_back();
    actions_[place] = std::move(action);
  } else {
    actions_.push_back(std::move(action));
  }
  events_.push({std::max(time, now_), order_++, kNoTile, static_cast<std::uint32_t>(place)});
}

void Engine::poke_column(std::uint32_t column) {
  for (std::uint32_t row = 0; row < grid_.height; ++row) {
    const std::uint32_t index = row * grid_.width + column;
    for (const std::uint8_t queue : {QueueUse::weights, QueueUse::copies}) {
      const Thread& thread = tiles_[index].threads[queue];
      if (thread.state == State::waiting || thread.state == State::drained) schedule(index, now_);
    }
  }
}

void Engine::poke_results(std::uint32_t column) {
  for (std::uint32_t row = 0; row < grid_.height; ++row) {
    const std::uint32_t index = row * grid_.width + column;
    for (const Thread& thread : tiles_[index].threads) {
      if (thread.state == State::drained && thread.step.output == QueueUse::out_results) {
        schedule(index, now_);
      }
    }
  }
}

void Engine::poke_takers(std::uint32_t index, const Thread& thread) {
  poke_column(index % grid_.width);
  if (thread.step.output != QueueUse::out_copies) return;
  const LaneTile own = lane_tile(index, thread);
  for (std::uint32_t lane = 0; lane < own.stream.lanes; ++lane) {
    if (lane != own.stream.lane) poke_column(LaneCopies::column_in(own, lane));
  }
}

LaneTile Engine::lane_tile(std::uint32_t index, const Thread& thread) const {
  return feeds_.tile(index % grid_.width, index / grid_.width, thread.share.record);
}

void Engine::step() {
  now_ = events_.top().time;
  while (!events_.empty() && events_.top().time == now_) {
    const Event event = events_.top();
    events_.pop();
    process(event);
  }
  if (observer_ != nullptr) observer_->complete(now_);
}

void Engine::process(const Event& event) {
  if (++processed_ % kProgressEvents == 0 && progress_) progress_(now_);
  if (event.tile == kNoTile) {
    const std::function<void()> action = std::move(actions_[event.version]);
    free_actions_.push_back(event.version);
    action();
    return;
  }
  Tile& tile = tiles_[event.tile];
  if (event.version != tile.version) return;  // asked for an earlier visit since
  tile.visit = kNever;
  visit(event.tile);
  if (observer_ != nullptr) observer_->visited(event.tile);
}

void Engine::schedule(std::uint32_t index, Ticks time) {
  Tile& tile = tiles_[index];
  if (tile.visit <= time) return;
  tile.visit = time;
  events_.push({time, order_++, index, ++tile.version});
}

Ticks Engine::round(const Tile& tile, const Thread& thread) const {
  const bool main = tile.threads[pe::kMainThread].state == State::running;
  // Where tiles take turns, the one whose turn it is sets the pace, and the others feel the average.
  const bool own_turn = thread.load != thread.cost;
  Ticks sum = 0;
  for (std::uint8_t i = 0; i < pe::kMainThread; ++i) {
    const Thread& other = tile.threads[i];
    if (other.state != State::running) continue;
    if (own_turn && pass_by(tile, thread, other)) continue;
    sum += (own_turn ? other.cost : other.load) + (main ? kTicksPerCycle : 0);
  }
  return sum;
}

bool Engine::pass_by(const Tile& tile, const Thread& thread, const Thread& other) {
  if (other.load == other.cost || &thread == &other || other.share.record != thread.share.record)
    return false;
  const auto is_down = [&](const Thread& t) {
    return &t == &tile.threads[QueueUse::down_x] || &t == &tile.threads[QueueUse::down_y];
  };
  return is_down(thread) ? thread.share.turn > other.share.turn : other.share.turn > thread.share.turn;
}

Ticks Engine::running_cost(const Tile& tile) const {
  const bool main = tile.threads[pe::kMainThread].state == State::running;
  Ticks sum = main ? kTicksPerCycle : 0;
  for (std::uint8_t i = 0; i < pe::kMainThread; ++i) {
    const Thread& stream = tile.threads[i];
    if (stream.state == State::running) sum += stream.load + (main ? kTicksPerCycle : 0);
  }
  return sum;
}

Ticks Engine::main_share(const Tile& tile) const {
  Ticks share = kShareUnit;
  for (std::uint8_t i = 0; i < pe::kMainThread; ++i) {
    const Thread& stream = tile.threads[i];
    if (stream.state == State::running) share -= stream.load * kShareUnit / round(tile, stream);
  }
  return std::max<Ticks>(share, 1);
}

Ticks Engine::time_for(const Tile& tile, const Thread& thread, Ticks left) const {
  if (&thread == &tile.threads[pe::kMainThread]) {
    const Ticks share = main_share(tile);
    return (left * kShareUnit + share - 1) / share;
  }
  const Ticks whole = round(tile, thread);
  return whole == thread.cost ? left : (left * whole + thread.cost - 1) / thread.cost;
}

Ticks Engine::left(const Tile& tile, const Thread& thread) const {
  const Ticks passed = now_ - tile.updated;
  if (thread.state != State::running || passed == 0) return thread.left;
  const Ticks done = &thread == &tile.threads[pe::kMainThread] ? passed * main_share(tile) / kShareUnit
                                                               : passed * thread.cost / round(tile, thread);
  return thread.left - std::min(thread.left, done);
}

void Engine::advance(Tile& tile) {
  if (tile.updated == now_) return;
  std::array<Ticks, pe::kThreads> rest{};
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = left(tile, tile.threads[i]);
  for (std::size_t i = 0; i < rest.size(); ++i) tile.threads[i].left = rest[i];
  tile.updated = now_;
}

void Engine::visit(std::uint32_t index) {
  Tile& tile = tiles_[index];
  // Rounding leaves less than a tick of work at the calculated end.
  const auto worked_off = [&](const Thread& thread) {
    return thread.state == State::running && left(tile, thread) <= 1;
  };
  if (std::any_of(tile.threads.begin(), tile.threads.end(), worked_off)) {
    advance(tile);
    for (Thread& thread : tile.threads) {
      if (!worked_off(thread)) continue;
      thread.left = 0;
      thread.state = State::drained;
    }
  }
  const auto running = [&] {
    std::uint32_t set = 0;
    for (std::uint32_t i = 0; i < pe::kThreads; ++i) {
      if (tile.threads[i].state == State::running) set |= 1U << i;
    }
    return set;
  };
  const std::uint32_t before = tile.running;
  bool changed = true;
  while (changed) {
    changed = end_ready(index, tile);
    if (tile.ask) {
      fetch_all(index, tile);
      changed = true;
    }
    changed = begin_ready(index, tile) || changed;
  }
  tile.running = running();
  if (tile.running != before) {
    // Each thread's share has changed, and with it when others will find room.
    for (std::uint8_t i = 0; i < pe::kMainThread; ++i) {
      if (((tile.running >> i) & 1U) == 0) continue;
      if (tile.threads[i].in_flow != kNoFlow) poke_senders(index, tile.threads[i].in_flow);
      if (takes_weights(tile.threads[i].step)) poke_takers(index, tile.threads[i]);
    }
  }
  Ticks next = kNever;
  for (std::uint8_t i = 0; i < pe::kThreads; ++i) {
    Thread& thread = tile.threads[i];
    Ticks time = kNever;
    if (thread.state == State::running) {
      time = now_ + std::max<Ticks>(time_for(tile, thread, left(tile, thread)), 1);
    } else if (thread.state == State::waiting) {
      time = head_time(index, tile, thread);
    } else if (thread.state == State::drained) {
      time = end_time(index, tile, thread);
    }
    if (time != kNever) next = std::min(next, std::max(time, now_ + 1));
  }
  if (next != kNever) schedule(index, next);
}

std::uint32_t Engine::neighbour(std::uint32_t index, core::Direction direction) const {
  switch (direction) {
    case core::Direction::east:
      return index + 1;
    case core::Direction::west:
      return index - 1;
    case core::Direction::south:
      return index + grid_.width;
    case core::Direction::north:
      return index - grid_.width;
    case core::Direction::ramp:
      break;
  }
  return index;
}

void Engine::fetch_all(std::uint32_t index, Tile& tile) {
  tile.ask = false;
  for (std::uint8_t i = 0; i < pe::kThreads; ++i) {
    if (tile.threads[i].state == State::unasked) fetch(index, tile, i);
  }
}

void Engine::fetch(std::uint32_t index, Tile& tile, std::uint8_t number) {
  Thread& thread = tile.threads[number];
  thread.state = State::parked;
  pe::Step step;
  if (program_->fetch(index, number, cycle_of(now_), step) != pe::Fetch::step) return;
  ++steps_;
  thread.step = step;
  thread.share = shares_->share(index, number);
  thread.state = State::waiting;
  thread.transfer_open = false;
  thread.received = 0;
  thread.in_flow = kNoFlow;
  thread.out_flow = kNoFlow;
  thread.neighbour = kNoTile;
  const double merged = scales_[thread.share.record].blocks;
  if (number == pe::kMainThread) {
    // What a vector operation costs beyond its data is in step.cycles once.
    thread.work =
        ticks(static_cast<double>(step.cycles)) + ticks((merged - 1) * hardware_.pe.vector_overhead_cycles);
    thread.cost = thread.work;
    thread.load = thread.cost;
  } else {
    thread.cost = ticks(static_cast<double>(step.cycles));
    // Of k tiles that take turns, the i-th has what comes from or goes to i of them.
    const double tiles = thread.share.tiles;
    thread.load = tiles == 1
                      ? thread.cost
                      : static_cast<Ticks>(static_cast<double>(thread.cost) * (tiles + 1) / (2 * tiles));
    thread.work = ticks(static_cast<double>(step.cycles) * static_cast<double>(step.iterations));
    thread.in_flow = wafer::flow_into(step.input).value_or(kNoFlow);
    thread.out_flow = wafer::flow_out_of(step.output).value_or(kNoFlow);
    if (thread.out_flow != kNoFlow) thread.neighbour = neighbour(index, ahead_of(thread.out_flow));
  }
  thread.begun = now_ + ticks(merged * hardware_.pe.task_launch_cycles + static_cast<double>(step.delay));
  thread.left = thread.work;
}

Ticks Engine::head_time(std::uint32_t index, Tile& tile, Thread& thread) {
  if (thread.in_flow != kNoFlow) {
    const Inbox& inbox = tile.inboxes[thread.in_flow];
    return inbox.transfers.empty() ? kNever : std::max(inbox.transfers.front().head, thread.begun);
  }
  if (!takes_weights(thread.step)) return thread.begun;
  const auto arrival = feeds_.arrival(lane_tile(index, thread), thread.step.iterations, now_);
  return arrival ? std::max(arrival->head, thread.begun) : kNever;
}

bool Engine::begin_ready(std::uint32_t index, Tile& tile) {
  bool any = false;
  for (std::uint8_t i = 0; i < pe::kThreads; ++i) {
    if (tile.threads[i].state != State::waiting || head_time(index, tile, tile.threads[i]) > now_) continue;
    begin(index, tile, i);
    any = true;
  }
  return any;
}

void Engine::begin(std::uint32_t index, Tile& tile, std::uint8_t number) {
  Thread& thread = tile.threads[number];
  advance(tile);
  thread.state = State::running;
  thread.begun = now_;
  thread.transfer_open = thread.in_flow != kNoFlow;
  load_link(index, tile, thread);
  if (thread.in_flow != kNoFlow) {
    poke_senders(index, thread.in_flow);
  } else if (takes_weights(thread.step)) {
    if (thread.step.output == QueueUse::out_copies) {
      feeds_.begin_passing(lane_tile(index, thread), now_ + first_iteration(tile, thread));
    }
    poke_takers(index, thread);
  }
  if (thread.step.output == QueueUse::out_results) {
    drains_.begin(index % grid_.width, thread.step.iterations, now_);
  }
  if (thread.out_flow == kNoFlow) return;
  ++transfers_;
  // Other threads' iterations delay the first one: here those that run here, on the tiles up to the next of the
  // grid those that run there, as both wait for the head likewise.
  const auto own = static_cast<double>(thread.cost);
  const double link = link_cycles(thread) * static_cast<double>(kTicksPerCycle);
  const auto here = static_cast<double>(first_iteration(tile, thread));
  const double there = own + static_cast<double>(running_cost(tiles_[thread.neighbour])) / 2;
  Transfer transfer;
  transfer.wavelets = thread.step.iterations;
  transfer.head = now_ + static_cast<Ticks>(here + link + (hops(thread) - 1) * (there + link));
  Inbox& inbox = tiles_[thread.neighbour].inboxes[thread.out_flow];
  inbox.transfers.push_back(transfer);
  inbox.sent += transfer.wavelets;
  schedule(thread.neighbour, transfer.head);
}

Ticks Engine::first_iteration(const Tile& tile, const Thread& thread) const {
  return thread.cost + (round(tile, thread) - thread.cost) / 2;
}

std::uint64_t Engine::slack(const Thread& thread) const {
  const std::uint64_t queues = hardware_.pe.output_queues[thread.step.output] +
                               hardware_.pe.input_queues[thread_of(thread.out_flow)] +
                               2ULL * hardware_.fabric.queue_depth;
  return static_cast<std::uint64_t>(static_cast<double>(queues) * std::max(1.0, hops(thread)));
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
  const Thread* other = link_partner(tile, thread);
  const Ticks others = other == nullptr ? 0 : std::min(other->link_left, passed / 2);
  return std::max<Ticks>(thread.link_left - (passed - others), 0);
}

Ticks Engine::link_time(const Tile& tile, const Thread& thread, std::uint64_t words) const {
  const Ticks left = link_left(tile, thread);
  const Ticks first = left - static_cast<Ticks>(thread.step.iterations - words) * link_ticks_;
  if (first <= 0) return now_;
  const Thread* other = link_partner(tile, thread);
  return now_ + first + (other == nullptr ? 0 : std::min(first, link_left(tile, *other)));
}

void Engine::load_link(std::uint32_t index, Tile& tile, Thread& thread) {
  if (!links_are_narrow()) return;
  bool sends = thread.out_flow != kNoFlow;
  if (takes_weights(thread.step)) {
    thread.onward = LaneCopies::onward(lane_tile(index, thread));
    sends = !thread.onward.empty();
  }
  std::array<Ticks, pe::kThreads> rest{};
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = link_left(tile, tile.threads[i]);
  for (std::size_t i = 0; i < rest.size(); ++i) tile.threads[i].link_left = rest[i];
  tile.link_updated = now_;
  thread.link_left = sends ? static_cast<Ticks>(thread.step.iterations) * link_ticks_ : 0;
}

Ticks Engine::output_time(std::uint32_t index, const Thread& thread, std::uint64_t words) const {
  if (thread.step.output == QueueUse::out_results) {
    return drains_.time(index % grid_.width, thread.step.iterations - words, now_);
  }
  if (thread.out_flow == kNoFlow) return 0;
  const Inbox& inbox = tiles_[thread.neighbour].inboxes[thread.out_flow];
  const std::uint64_t sent = inbox.sent - thread.step.iterations + words;
  const std::uint64_t free = inbox.taken + slack(thread);
  return sent <= free ? 0 : take_time(thread.neighbour, thread.out_flow, sent - free);
}

Ticks Engine::take_time(std::uint32_t index, std::uint8_t flow, std::uint64_t words) const {
  const Tile& tile = tiles_[index];
  const Thread& taker = tile.threads[thread_of(flow)];
  const bool takes =
      (taker.state == State::running || taker.state == State::drained) && taker.in_flow == flow;
  if (!takes || words > taker.step.iterations) return kNever;
  Ticks time = now_;
  if (taker.state == State::running) {
    const Ticks to_do = static_cast<Ticks>(words) * taker.cost - (taker.work - left(tile, taker));
    if (to_do > 0) time += time_for(tile, taker, to_do);
  }
  // What it takes it has to pass on.
  if (taker.link_left > 0) time = std::max(time, link_time(tile, taker, words));
  return std::max(time, output_time(index, taker, words));
}

void Engine::poke_senders(std::uint32_t index, std::uint8_t flow) {
  for (;;) {
    index = neighbour(index, core::opposite(ahead_of(flow)));
    const Thread& sender = tiles_[index].threads[thread_of(flow)];
    if (sender.out_flow != flow) return;
    if (sender.state == State::drained) schedule(index, now_);
    // Who sends to one that passes on waits for the same room.
    const bool passes_on = sender.state == State::running || sender.state == State::drained;
    if (!passes_on || sender.in_flow != flow) return;
  }
}

Ticks Engine::end_time(std::uint32_t index, Tile& tile, Thread& thread) {
  Ticks time = now_;
  if (thread.in_flow != kNoFlow) {
    const Ticks tail = tile.inboxes[thread.in_flow].transfers.front().tail;
    if (tail == kNever) return kNever;
    time = std::max(time, tail + thread.cost);
  }
  if (thread.link_left > 0) time = std::max(time, link_time(tile, thread, thread.step.iterations));
  if (takes_weights(thread.step)) {
    const LaneTile own = lane_tile(index, thread);
    const auto arrival = feeds_.arrival(own, thread.step.iterations, now_);
    if (!arrival || arrival->tail == kNever) return kNever;
    time = std::max({time, arrival->tail + thread.cost, others_time(own)});
    if (time == kNever) return kNever;
  }
  const Ticks output = output_time(index, thread, thread.step.iterations);
  return output == kNever ? kNever : std::max(time, output);
}

Ticks Engine::others_time(const LaneTile& own) const {
  Ticks time = now_;
  const core::Rectangle& area = own.stream.area;
  for (std::uint32_t row = area.y; row < area.y + area.height && time != kNever; ++row) {
    if (row == own.row) continue;
    const std::uint64_t missing = feeds_.missing(own, row);
    if (missing != 0) time = std::max(time, taken_time({own.stream, own.column, row}, missing));
  }
  if (!LaneCopies::is_home(own) || !LaneCopies::passes_on(own)) return time;
  for (std::uint32_t lane = 0; lane < own.stream.lanes && time != kNever; ++lane) {
    if (lane == own.stream.lane) continue;
    const LaneTile tap = feeds_.tap(own, lane);
    const std::uint64_t missing = feeds_.missing_at_tap(own, tap);
    if (missing != 0) time = std::max(time, taken_time(tap, missing));
  }
  return time;
}

Ticks Engine::taken_time(const LaneTile& at, std::uint64_t words) const {
  const Tile& tile = tiles_[at.row * grid_.width + at.column];
  const Thread& taker = tile.threads[LaneCopies::is_home(at) ? QueueUse::weights : QueueUse::copies];
  // In what it works on now?
  const bool takes = taker.state == State::running || taker.state == State::drained;
  if (!takes || words > taker.step.iterations) return kNever;
  const Ticks time = taker.link_left > 0 ? link_time(tile, taker, words) : now_;
  if (taker.state == State::drained) return time;
  const Ticks to_do = static_cast<Ticks>(words) * taker.cost - (taker.work - left(tile, taker));
  return to_do > 0 ? std::max(time, now_ + time_for(tile, taker, to_do)) : time;
}

bool Engine::end_ready(std::uint32_t index, Tile& tile) {
  bool any = false;
  for (std::uint8_t i = 0; i < pe::kThreads; ++i) {
    if (tile.threads[i].state != State::drained || end_time(index, tile, tile.threads[i]) > now_) continue;
    end(index, tile, i);
    any = true;
  }
  return any;
}

void Engine::end(std::uint32_t index, Tile& tile, std::uint8_t number) {
  Thread& thread = tile.threads[number];
  const std::uint64_t n = thread.step.iterations;
  if (thread.in_flow != kNoFlow) {
    Inbox& inbox = tile.inboxes[thread.in_flow];
    thread.received = inbox.transfers.front().payload;
    inbox.taken += n;
    inbox.transfers.pop_front();
    poke_senders(index, thread.in_flow);
  }
  const std::uint32_t column = index % grid_.width;
  if (takes_weights(thread.step)) {
    thread.received = n;
    const LaneTile own = lane_tile(index, thread);
    if (thread.step.output == QueueUse::out_copies) feeds_.end_passing(own, now_);
    feeds_.take(own);
    poke_takers(index, thread);
  }
  if (thread.out_flow != kNoFlow) {
    Inbox& inbox = tiles_[thread.neighbour].inboxes[thread.out_flow];
    Transfer& transfer = inbox.transfers.back();
    transfer.payload = thread.received + n * thread.step.addend;
    transfer.tail =
        now_ + static_cast<Ticks>((hops(thread) - 1) * static_cast<double>(thread.cost) +
                                  hops(thread) * link_cycles(thread) * static_cast<double>(kTicksPerCycle));
    schedule(thread.neighbour, transfer.tail);
    if (link_wavelets_.size() <= thread.step.tag) link_wavelets_.resize(thread.step.tag + std::size_t{1});
    std::vector<std::uint64_t>& links = link_wavelets_[thread.step.tag];
    links.resize(tiles_.size() * kFlows);
    std::uint64_t& link = links[index * kFlows + thread.out_flow];
    link += n;
    if (work_.size() <= thread.step.tag) work_.resize(thread.step.tag + std::size_t{1});
    TagWork& work = work_[thread.step.tag];
    std::uint64_t& most =
        runs_along(trace::Axis::x, thread.out_flow) ? work.row_link_wavelets : work.column_link_wavelets;
    most = std::max(most, link);
  }
  if (thread.step.output == QueueUse::out_results) drains_.end(column, n, now_);
  account(tile, thread);
  thread.state = State::unasked;
  for (Thread& other : tile.threads) {
    if (other.state == State::parked) other.state = State::unasked;
  }
  tile.ask = true;
  program_->completed(index, number, cycle_of(now_), thread.received);
}

TileView Engine::view(std::uint32_t index) const {
  const Tile& tile = tiles_[index];
  TileView view;
  view.sram_used = srams_.used(index);
  bool works = false;
  bool waits = false;
  bool blocked = false;
  for (std::uint8_t i = 0; i < pe::kThreads; ++i) {
    const Thread& thread = tile.threads[i];
    const bool running = thread.state == State::running;
    if (running && !works) {
      works = true;
      view.state = pe::working_state(thread.step.work, thread.step.bank_conflict);
      view.tag = thread.step.tag;
    }
    const bool held_up =
        thread.state == State::drained && output_time(index, thread, thread.step.iterations) > now_;
    const bool waiting = thread.state == State::waiting || thread.state == State::drained;
    if (!works && ((waiting && !waits) || (held_up && !blocked))) view.tag = thread.step.tag;
    waits = waits || waiting;
    blocked = blocked || held_up;
    if (running && thread.step.input != pe::kNoQueue) {
      view.outputs[core::index_of(core::Direction::ramp)] = LinkState::busy;
    }
    const LinkState link = running ? LinkState::busy : held_up ? LinkState::stalled : LinkState::idle;
    if (link == LinkState::idle) continue;
    if (thread.out_flow != kNoFlow) {
      view.outputs[core::index_of(ahead_of(thread.out_flow))] = link;
    } else if (thread.step.output == QueueUse::out_results) {
      view.outputs[core::index_of(towards(hardware_.io.output_edge))] = link;
    } else if (takes_weights(thread.step)) {
      const core::DirectionSet onward = LaneCopies::onward(lane_tile(index, thread));
      for (std::size_t d = 0; d < core::kNeighbours; ++d) {
        if (onward.has(static_cast<core::Direction>(d))) view.outputs[d] = link;
      }
    }
  }
  if (!works && waits) view.state = blocked ? pe::PeState::blocked_on_output : pe::PeState::waiting_for_input;
  return view;
}

void Engine::account(Tile& tile, const Thread& thread) {
  if (work_.size() <= thread.step.tag) work_.resize(thread.step.tag + std::size_t{1});
  const auto cycles = static_cast<std::uint64_t>(
      thread.load == thread.cost ? thread.work / kTicksPerCycle
                                 : thread.load * static_cast<Ticks>(thread.step.iterations) / kTicksPerCycle);
  work_[thread.step.tag].busy_cycles[static_cast<std::size_t>(thread.step.work)] += cycles;
  tile.busy_cycles += cycles;
}

}  // namespace waferloom::burst
