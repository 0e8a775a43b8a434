// SPDX-License-Identifier: Apache-2.0
// One run at fidelity `burst`: the same trace, placement and program as at `wavelet`, with whole transfers
// instead of wavelets. docs/fidelity.md says what is approximated and how large the error is.
#pragma once

#include <atomic>
#include <functional>

#include "wafer/simulation.hpp"

namespace waferloom::burst {

/// As wafer::simulate.
[[nodiscard]] wafer::RunResult simulate(const wafer::SimulationInput& input, const std::atomic<bool>& stop,
                                        const std::function<void(const wafer::Progress&)>& report);

}  // namespace waferloom::burst
