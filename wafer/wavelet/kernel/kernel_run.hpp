// SPDX-License-Identifier: Apache-2.0
// One run of a kernel on a wafer.
#pragma once

#include <atomic>

#include "kernels/code.hpp"
#include "wafer/program/result/kernel_result.hpp"
#include "wafer/wavelet/program_run.hpp"

namespace waferloom::wafer {

/// As run_program. On rank 0 of several the result is that of all, tasks and values included.
[[nodiscard]] KernelResult run_kernel(const Hardware& hardware, const core::SimulationParameters& simulation,
                                      const kernels::CompiledKernel& kernel, const std::atomic<bool>& stop,
                                      const ProgramObservation& observed = {},
                                      const ranks::Share* share = nullptr,
                                      checkpoint::Keeper* keeper = nullptr);

}  // namespace waferloom::wafer
