// SPDX-License-Identifier: Apache-2.0
// The candidates that were tried before a run whose workload leaves lanes, micro-batch, activations or the way of lanes'
// weights open, and the one that was taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/wavelet.hpp"
#include "models/workload_parameters.hpp"

namespace waferloom::burst {

struct Candidate {
  std::uint32_t lanes = 1;
  std::uint64_t micro_batch = 0;  ///< sequences on the wafer at once
  models::Activations activations = models::Activations::keep;
  models::LaneCopies lane_copies = models::LaneCopies::fabric;
  std::uint32_t parts = 1;
  std::vector<models::LayerPart> recomputed;
  std::uint32_t recomputed_layers = 0;
  std::uint32_t input_every = 1;
  std::uint32_t spilled_layers = 0;
  core::Cycle coarse_cycles =
      0;                   ///< of the whole step, judged coarsely (wafer/burst/judge.hpp); 0: not judged
  core::Cycle cycles = 0;  ///< of the whole step, at the scenario's fineness; 0: not simulated so
  /// Cycles that it takes at least, more than a faster one's coarse time and the margin: those of its I/O alone, or for
  /// which it was simulated; 0: it was not passed over.
  core::Cycle at_least = 0;
  bool given_up = false;  ///< it was passed over while it was simulated
  std::string refused;    ///< why it cannot run
};

struct Choice {
  std::vector<Candidate> candidates;  ///< in the order of trying; empty: nothing was left open
  std::size_t taken = 0;              ///< which of them
};

}  // namespace waferloom::burst
