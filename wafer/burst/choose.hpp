// SPDX-License-Identifier: Apache-2.0
// Chooses lanes, micro-batch and what is done with activations by simulating candidates at fidelity `burst`.
//
// Lanes: the divisors of the sequences on the wafer at once up to 12, as real systems were seen to use. For each,
// the largest micro-batch that fits the SRAM; for the fastest of these, the next smaller micro-batches as well.
// Activations, where they are open: spilled in all of this, which takes the least SRAM; then, on the fastest's lanes, and
// on the second fastest's where the margin does not tell them apart,
// recomputed and kept, each with the largest micro-batches that fit. From the fastest of all these then, where the SRAM
// has room: inputs kept of more sequences that pass layers in parts, results of some operations kept, as few layers'
// inputs spilled and as few layers recomputed as fit, and inputs of every so many layers kept instead of spilled.
//
// All of this is judged coarsely; what comes within a margin of the fastest is then simulated at the scenario's own
// fineness, which alone decides what is taken (wafer/burst/judge.hpp).
#pragma once

#include <atomic>

#include "wafer/burst/choice.hpp"
#include "wafer/burst/simulation.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::burst {

/// Sets what `scenario.workload.automatic` leaves open, and clears it. Throws core::InputError, with the reason of
/// each candidate, when none can run; core::Error (interrupted) once `stop` is set.
[[nodiscard]] Choice choose(Simulator& simulator, wafer::Scenario& scenario, const std::atomic<bool>& stop,
                            const Simulator::Report& report);

}  // namespace waferloom::burst
