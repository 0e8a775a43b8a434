// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/engine/engine.hpp"

#include <algorithm>
#include <utility>

#include "wafer/burst/engine/credit_loops.hpp"
#include "wafer/burst/engine/flow_ways.hpp"

namespace waferloom::burst {

using core::Cycle;
using wafer::QueueUse;

namespace {

constexpr std::uint64_t kProgressEvents = 4096;
constexpr std::uint32_t kAllThreads = (1U << pe::kThreads) - 1;

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
      link_words_(link_words(hardware.fabric, hardware.fabric.reticle_width)),
      link_ticks_(ticks(hardware.fabric.link_cycles())),
      link_period_(ticks(link_period(hardware.fabric))),
      tiles_(grid.area()),
      visits_(grid.area()),
      followers_(std::size_t{grid.area()} * kIdsPerTile) {
  for (std::uint32_t index = 0; index < tiles_.size(); ++index) {
    tiles_[index].at = {index % grid.width, index / grid.width};
    in(tiles_[index], State::unasked) = kAllThreads;
  }
}

void Engine::load(pe::Program& program, const wafer::StepShares& shares) {
  program_ = &program;
  shares_ = &shares;
  for (std::uint32_t index = 0; index < tiles_.size(); ++index) {
    tiles_[index].ask = true;
    visits_.bring_forward(index, now_);
  }
}

void Engine::enter(Tile& tile, std::uint8_t number, State state) {
  Thread& thread = tile.threads[number];
  in(tile, thread.state) &= ~(1U << number);
  in(tile, state) |= 1U << number;
  thread.state = state;
}

void Engine::ask_again(Tile& tile) {
  in(tile, State::unasked) |= std::exchange(in(tile, State::parked), 0);
  tile.ask = true;
}

void Engine::resume(std::uint32_t index, Cycle) {
  ask_again(tiles_[index]);
  visits_.bring_forward(index, now_);
}

void Engine::at(Ticks time, std::function<void()> action) {
  std::size_t place = calls_.size();
  if (!free_calls_.empty()) {
    place = free_calls_.back();
    free_calls_.pop_back();
    calls_[place] = std::move(action);
  } else {
    calls_.push_back(std::move(action));
  }
  actions_.push({std::max(time, now_), order_++, place});
}

void Engine::wake(std::uint32_t index, std::uint8_t number, Ticks time) {
  Ticks& wake = tiles_[index].wakes[number];
  wake = std::min(wake, time);
  visits_.bring_forward(index, time);
}

void Engine::wake_followers(std::uint32_t index, std::uint8_t number) {
  followers_.release(id_of(index, number), [&](ThreadId each) {
    wake(each / kIdsPerTile, static_cast<std::uint8_t>(each % kIdsPerTile), now_);
  });
}

void Engine::wake_sender(std::uint32_t index, std::uint8_t flow) {
  const std::uint32_t behind = neighbour(index, core::opposite(ahead_of(flow)));
  const Thread& sender = tiles_[behind].threads[thread_of(flow)];
  if (sender.state == State::drained && sender.out_flow == flow) wake(behind, thread_of(flow), now_);
}

void Engine::poke_column(std::uint32_t column) {
  for (std::uint32_t row = 0; row < grid_.height; ++row) poke_tile(row * grid_.width + column);
}

void Engine::poke_tile(std::uint32_t index) {
  const Tile& tile = tiles_[index];
  for_each((in(tile, State::waiting) | in(tile, State::drained)) & kTakers, [&](std::uint8_t i) {
    if (tile.wakes[i] == kNever && followers_.leader_of(id_of(index, i)) == kNobody) wake(index, i, now_);
  });
}

void Engine::poke_results(std::uint32_t column) {
  for (std::uint32_t row = 0; row < grid_.height; ++row) {
    const std::uint32_t index = row * grid_.width + column;
    const Tile& tile = tiles_[index];
    for_each(in(tile, State::drained), [&](std::uint8_t i) {
      if (tile.threads[i].step.output == QueueUse::out_results) wake(index, i, now_);
    });
  }
}

void Engine::poke_takers(std::uint32_t index, const Thread& thread) {
  const LaneTile own = lane_tile(index, thread);
  if (!LaneCopies::is_home(own)) {
    poke_column(own.column);
    return;
  }
  for (std::uint32_t lane = 0; lane < own.stream.lanes; ++lane) {
    if (lane != own.stream.lane) poke_tile(own.row * grid_.width + LaneCopies::column_in(own, lane));
  }
}

LaneTile Engine::lane_tile(std::uint32_t index, const Thread& thread) const {
  const core::Coordinate at = tiles_[index].at;
  return feeds_.tile(at.x, at.y, thread.share.record);
}

void Engine::step() {
  now_ = next_time();
  for (;;) {
    if (!actions_.empty() && actions_.top().time <= now_) {
      act();
    } else if (visits_.time() <= now_) {
      const std::uint32_t index = visits_.tile();
      visit(index);
      if (observer_ != nullptr) observer_->visited(index);
    } else {
      break;
    }
    if (++processed_ % kProgressEvents == 0 && progress_) progress_(now_);
  }
  if (observer_ != nullptr) observer_->complete(now_);
}

void Engine::act() {
  const std::size_t place = actions_.top().place;
  actions_.pop();
  const std::function<void()> action = std::move(calls_[place]);
  free_calls_.push_back(place);
  action();
}

void Engine::visit(std::uint32_t index) {
  Tile& tile = tiles_[index];
  tile.regroup = false;
  drain(tile);
  bool changed = true;
  while (changed) {
    changed = end_ready(index, tile);
    if (tile.ask) {
      fetch_all(index, tile);
      changed = true;
    }
    changed = begin_ready(index, tile) || changed;
  }
  if (tile.regroup) expect_ends(index, tile);
  Ticks next = kNever;
  for (const Ticks wake : tile.wakes) next = std::min(next, wake);
  visits_.set(index, next);
}

void Engine::drain(Tile& tile) {
  for_each(in(tile, State::running), [&](std::uint8_t i) {
    if (tile.wakes[i] > now_) return;
    advance(tile);
    tile.threads[i].left = 0;
    tile.regroup = true;
    enter(tile, i, State::drained);
  });
}

void Engine::expect_ends(std::uint32_t index, Tile& tile) {
  share_datapath(tile);
  for_each(in(tile, State::running), [&](std::uint8_t i) {
    const Ticks end = now_ + std::max<Ticks>(time_for(tile, i, tile.threads[i].left), 1);
    const bool sooner = end < tile.wakes[i];
    tile.wakes[i] = end;
    if (sooner) wake_followers(index, i);
  });
}

void Engine::fetch_all(std::uint32_t index, Tile& tile) {
  tile.ask = false;
  for (ThreadSet left = in(tile, State::unasked); left != 0;) {
    const ThreadSet able = left & ~shares_->idle(index);
    // Those before the first that may have a step.
    const ThreadSet idle = left & ((able & (0 - able)) - 1);
    park(tile, idle);
    left &= ~idle;
    if (left == 0) break;
    left &= left - 1;
    fetch(index, tile, static_cast<std::uint8_t>(std::countr_zero(able)));
  }
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

void Engine::fetch(std::uint32_t index, Tile& tile, std::uint8_t number) {
  Thread& thread = tile.threads[number];
  park(tile, 1U << number);
  thread.state = State::parked;
  if (program_->fetch(index, number, cycle_of(now_), thread.step) != pe::Fetch::step) return;
  ++steps_;
  const pe::Step& step = thread.step;
  thread.share = shares_->share(index, number);
  // Where it may have come again while the program looked for a step.
  in(tile, State::unasked) &= ~(1U << number);
  enter(tile, number, State::waiting);
  tile.wakes[number] = now_;
  thread.received = 0;
  thread.in_flow = kNoFlow;
  thread.out_flow = kNoFlow;
  thread.neighbour = kNoTile;
  const RecordScale& scale = scales_[thread.share.record];
  const double merged = scale.blocks;
  if (number == pe::kMainThread) {
    // What a vector operation costs beyond its data is in step.cycles once.
    thread.work =
        ticks(step.cycles) + (merged == 1 ? 0 : ticks((merged - 1) * hardware_.pe.vector_overhead_cycles));
    thread.cost = thread.work;
    thread.load = thread.cost;
  } else {
    thread.cost = ticks(step.cycles);
    // Of k tiles that take turns, the i-th has what comes from or goes to i of them.
    const double tiles = thread.share.tiles;
    const double part = tiles == 1 ? 1 : (tiles + 1) / (2 * tiles);
    thread.load = static_cast<Ticks>(static_cast<double>(thread.cost) * part);
    // With turns as short as blocks none is held up by another's.
    const double pace = thread.share.alternates ? part : 1;
    if (thread.share.alternates) thread.cost = thread.load;
    thread.work = ticks(static_cast<double>(step.cycles) * pace * static_cast<double>(step.iterations));
    thread.in_flow = wafer::flow_into(step.input).value_or(kNoFlow);
    thread.out_flow = wafer::flow_out_of(step.output).value_or(kNoFlow);
    if (thread.out_flow != kNoFlow) {
      thread.neighbour = neighbour(index, ahead_of(thread.out_flow));
      thread.hops = scale.hops;
      thread.slack = slack(thread);
    }
  }
  thread.begun = now_ + ticks(merged * hardware_.pe.task_launch_cycles + static_cast<double>(step.delay));
  thread.left = thread.work;
}

bool Engine::begin_ready(std::uint32_t index, Tile& tile) {
  bool any = false;
  for_each(in(tile, State::waiting), [&](std::uint8_t i) {
    Ticks& wake = tile.wakes[i];
    if (wake > now_) return;
    wake = head_time(index, tile, tile.threads[i]);
    if (wake > now_) return;
    begin(index, tile, i);
    any = true;
  });
  return any;
}

void Engine::begin(std::uint32_t index, Tile& tile, std::uint8_t number) {
  Thread& thread = tile.threads[number];
  advance(tile);
  enter(tile, number, State::running);
  thread.begun = now_;
  tile.wakes[number] = kNever;
  tile.regroup = true;
  share_datapath(tile);
  load_link(index, tile, thread);
  if (thread.step.output == QueueUse::out_copies) {
    feeds_.begin_passing(lane_tile(index, thread), now_ + first_iteration(tile, thread));
    poke_takers(index, thread);
  } else if (thread.step.output == QueueUse::out_results) {
    drains_.begin(tile.at.x, thread.step.iterations, now_);
  }
  if (thread.out_flow != kNoFlow) send(tile, thread);
}

void Engine::send(const Tile& tile, const Thread& thread) {
  ++transfers_;
  // Other threads' iterations delay the first one: here those that run here, on the tiles up to the next of the
  // grid those that run there, as both wait for the head likewise.
  Tile& receiver = tiles_[thread.neighbour];
  const auto own = static_cast<double>(thread.cost);
  const double link = link_cycles(thread) * static_cast<double>(kTicksPerCycle);
  const auto here = static_cast<double>(pace_begins(tile, thread));
  const double between = thread.hops - 1;
  const double waits = std::min(between * static_cast<double>(receiver.running_cost) / 2,
                                std::max(static_cast<double>(work_left(receiver)) - here, 0.0));
  Transfer transfer;
  transfer.wavelets = thread.step.iterations;
  transfer.head = now_ + static_cast<Ticks>(here + link + between * (own + link) + waits);
  Inbox& inbox = receiver.inboxes[thread.out_flow];
  inbox.transfers.push_back(transfer);
  inbox.sent += transfer.wavelets;
  const std::uint8_t taker = thread_of(thread.out_flow);
  if (receiver.threads[taker].state == State::waiting && inbox.transfers.size() == 1) {
    wake(thread.neighbour, taker, std::max(transfer.head, receiver.threads[taker].begun));
  }
}

bool Engine::end_ready(std::uint32_t index, Tile& tile) {
  bool any = false;
  for_each(in(tile, State::drained), [&](std::uint8_t i) {
    if (tile.wakes[i] > now_) return;
    const Estimate estimate = end_time(index, tile, i);
    tile.wakes[i] = estimate.time;
    if (estimate.time > now_) {
      followers_.follow(id_of(index, i), estimate.rests_on);
      return;
    }
    followers_.leave(id_of(index, i));
    end(index, tile, i);
    any = true;
  });
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
    wake_sender(index, thread.in_flow);
  }
  if (takes_weights(thread.step)) {
    thread.received = n;
    const LaneTile own = lane_tile(index, thread);
    if (thread.step.output == QueueUse::out_copies) {
      feeds_.end_passing(own, now_);
      poke_takers(index, thread);
    }
    feeds_.take(own);
  }
  if (thread.out_flow != kNoFlow) deliver(index, thread);
  if (thread.step.output == QueueUse::out_results) drains_.end(tile.at.x, n, now_);
  account(tile, thread);
  enter(tile, number, State::unasked);
  tile.wakes[number] = kNever;
  wake_followers(index, number);
  ask_again(tile);
  program_->completed(index, number, cycle_of(now_), thread.received);
}

void Engine::deliver(std::uint32_t index, const Thread& thread) {
  const std::uint64_t n = thread.step.iterations;
  Inbox& inbox = tiles_[thread.neighbour].inboxes[thread.out_flow];
  Transfer& transfer = inbox.transfers.back();
  transfer.payload = thread.received + n * thread.step.addend;
  transfer.tail =
      now_ + static_cast<Ticks>((thread.hops - 1) * static_cast<double>(thread.cost) +
                                thread.hops * link_cycles(thread) * static_cast<double>(kTicksPerCycle));
  const std::uint8_t number = thread_of(thread.out_flow);
  const Thread& taker = tiles_[thread.neighbour].threads[number];
  // It takes the last word after that.
  if (taker.state == State::drained && inbox.transfers.size() == 1) {
    wake(thread.neighbour, number, transfer.tail + taker.cost);
  }
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

void Engine::account(Tile& tile, const Thread& thread) {
  if (work_.size() <= thread.step.tag) work_.resize(thread.step.tag + std::size_t{1});
  const auto cycles = static_cast<std::uint64_t>(
      thread.load == thread.cost ? thread.work / kTicksPerCycle
                                 : thread.load * static_cast<Ticks>(thread.step.iterations) / kTicksPerCycle);
  work_[thread.step.tag].busy_cycles[static_cast<std::size_t>(thread.step.work)] += cycles;
  tile.busy_cycles += cycles;
}

}  // namespace waferloom::burst
