// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of a tile's replay. Why a thread was given no step is not kept: it is found again.
#include "wafer/program/replay/replay.hpp"

namespace waferloom::wafer {

void Replay::archive(core::State& state, std::uint32_t tile) {
  state(cursors_[tile]);
  sram_.archive(state, tile);
  for (const trace::Record& record : parts_.records()) {
    if (trace::is_of_host(record.kind) || !parts_.has(record.id, tile)) continue;
    progress_.archive(state, parts_.of(record.id, tile));
  }
}

}  // namespace waferloom::wafer
