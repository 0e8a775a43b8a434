// SPDX-License-Identifier: Apache-2.0
// What one run of a planned program, such as a collective, leaves behind.
#pragma once

#include <cstdint>
#include <vector>

#include "core/wavelet.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/tile_result.hpp"

namespace waferloom::wafer {

struct PlanResult {
  core::Cycle cycles = 0;  ///< from the first step's start to the last one's end
  double clock_hz = 0;
  std::vector<TileResult> tiles;
  LinkSamples links;  ///< none where none were asked for
  std::uint64_t hops = 0;
  std::uint64_t wavelets_injected = 0;
  std::uint64_t wavelets_delivered = 0;
  double elaboration_s = 0;  ///< of the host's time
  double simulation_s = 0;
};

}  // namespace waferloom::wafer
