// SPDX-License-Identifier: Apache-2.0
// What an observer sees of a tile between two events.
#include "wafer/burst/engine/engine.hpp"
#include "wafer/burst/engine/flow_ways.hpp"

namespace waferloom::burst {

using wafer::LinkState;
using wafer::QueueUse;

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
        thread.state == State::drained && output_time(index, i, thread.step.iterations).time > now_;
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

}  // namespace waferloom::burst
