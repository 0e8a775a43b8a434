// SPDX-License-Identifier: Apache-2.0
// How far a run has come, for those who wait for it.
#pragma once

#include <cstdint>

#include "core/wavelet.hpp"

namespace waferloom::wafer {

struct Progress {
  core::Cycle cycle = 0;
  std::uint64_t parts_done = 0;
  std::uint64_t parts = 0;
  std::uint64_t hops = 0;
  std::uint64_t expected_hops = 0;  ///< of the whole trace, without detours: for the time left
};

}  // namespace waferloom::wafer
