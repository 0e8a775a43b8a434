// SPDX-License-Identifier: Apache-2.0
// What a checkpoint keeps of a probe: how far it is, and what it knows of each place that it watches, by names that hold
// on any number of ranks. A probe has `archive_standing(State&)`, `watched()` and `take_watched(bytes)`.
#pragma once

#include <cstddef>
#include <vector>

#include "core/state/state.hpp"

namespace waferloom::wafer {

using WatchedBytes = std::vector<std::byte>;

/// `of_all`: what the probes of all ranks watch; read by each, which takes what it has.
template <class Probe>
void archive_probe(core::State& state, Probe& probe, std::vector<WatchedBytes>& of_all) {
  probe.archive_standing(state);
  state(of_all);
  if (!state.loads()) return;
  for (const WatchedBytes& each : of_all) probe.take_watched(each);
}

/// Of a probe that is alone.
template <class Probe>
void archive_probe(core::State& state, Probe& probe) {
  std::vector<WatchedBytes> own;
  if (!state.loads()) own.push_back(probe.watched());
  archive_probe(state, probe, own);
}

/// What only rank 0 has: bytes of their own, which others pass over.
template <class Own>
void archive_of_leader(core::State& state, bool is_leader, const Own& own) {
  core::State inner;
  if (state.loads()) inner = core::State(state.view());
  if (is_leader) own(inner);
  if (state.loads()) return;
  std::vector<std::byte> bytes = inner.take();
  state(bytes);
}

}  // namespace waferloom::wafer
