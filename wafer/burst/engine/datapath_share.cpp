// SPDX-License-Identifier: Apache-2.0
// How the running threads of a tile share its datapath, and how far each comes.
#include <algorithm>

#include "wafer/burst/engine/engine.hpp"

namespace waferloom::burst {

using wafer::QueueUse;

Ticks Engine::round(const Tile& tile, const Thread& thread) {
  const Ticks gap = runs(tile, pe::kMainThread) ? kTicksPerCycle : 0;
  // Where tiles take turns, the one whose turn it is sets the pace, and the others feel the average.
  const bool own_turn = thread.load != thread.cost;
  Ticks sum = 0;
  for_each(in(tile, State::running) & ~kMain, [&](std::uint8_t i) {
    const Thread& other = tile.threads[i];
    if (own_turn && pass_by(tile, thread, other)) return;
    sum += (own_turn ? other.cost : other.load) + gap;
  });
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

void Engine::share_datapath(Tile& tile) {
  const bool main = runs(tile, pe::kMainThread);
  const Ticks gap = main ? kTicksPerCycle : 0;
  const ThreadSet streams = in(tile, State::running) & ~kMain;
  Ticks all = 0;
  for_each(streams, [&](std::uint8_t i) { all += tile.threads[i].load + gap; });
  tile.running_cost = all + gap;
  tile.main_share = kShareUnit;
  for_each(streams, [&](std::uint8_t i) {
    Thread& thread = tile.threads[i];
    thread.round = thread.load == thread.cost ? all : round(tile, thread);
    if (main) tile.main_share -= thread.load * kShareUnit / thread.round;
  });
  tile.main_share = std::max<Ticks>(tile.main_share, 1);
}

Ticks Engine::time_for(const Tile& tile, std::uint8_t number, Ticks left) {
  if (number == pe::kMainThread) {
    return tile.main_share == kShareUnit ? left : (left * kShareUnit + tile.main_share - 1) / tile.main_share;
  }
  const Thread& thread = tile.threads[number];
  return thread.round == thread.cost ? left : (left * thread.round + thread.cost - 1) / thread.cost;
}

Ticks Engine::left(const Tile& tile, std::uint8_t number) const {
  const Thread& thread = tile.threads[number];
  const Ticks passed = now_ - tile.updated;
  if (thread.state != State::running || passed == 0) return thread.left;
  const Ticks done = number == pe::kMainThread     ? passed * tile.main_share / kShareUnit
                     : thread.round == thread.cost ? passed
                                                   : passed * thread.cost / thread.round;
  return thread.left - std::min(thread.left, done);
}

Ticks Engine::work_left(const Tile& tile) const {
  Ticks all = 0;
  for_each(in(tile, State::running), [&](std::uint8_t i) { all += left(tile, i); });
  return all;
}

Ticks Engine::first_iteration(const Tile& tile, const Thread& thread) const {
  return thread.cost + std::min((thread.round - thread.cost) / 2, work_left(tile) - thread.left);
}

Ticks Engine::pace_begins(const Tile& tile, const Thread& thread) const {
  // So few of its results that they do not matter, of those that it has in all.
  constexpr Ticks kFew = 16;
  Ticks longer = 0;
  Ticks iterations = 0;
  for_each(in(tile, State::running) & ~kMain, [&](std::uint8_t i) {
    const Thread& other = tile.threads[i];
    if (other.cost <= thread.cost) return;
    const Ticks work = left(tile, i);
    longer += work;
    iterations = std::max(iterations, work / other.cost);
  });
  const bool are_few = kFew * iterations < static_cast<Ticks>(thread.step.iterations);
  return std::max(first_iteration(tile, thread), are_few ? longer : 0);
}

void Engine::advance(Tile& tile) {
  if (tile.updated == now_) return;
  for_each(in(tile, State::running), [&](std::uint8_t i) { tile.threads[i].left = left(tile, i); });
  tile.updated = now_;
}

}  // namespace waferloom::burst
