// SPDX-License-Identifier: Apache-2.0
// The result of a run at fidelity `burst`, with how it was simulated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wafer/program/result/run_result.hpp"

namespace waferloom::burst {

struct Outcome {
  wafer::RunResult result;
  std::vector<std::string> folded;  ///< what was simulated once and counted, for people
  std::uint64_t transfers = 0;      ///< simulated, each through one hop of the grid
};

}  // namespace waferloom::burst
