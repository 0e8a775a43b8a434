// SPDX-License-Identifier: Apache-2.0
#include "wafer/keys.hpp"

#include <limits>

namespace waferloom::wafer {

void declare_keys(core::config::Keys& keys, SimulationParameters& p) {
  constexpr std::uint32_t kLongestEdge = 16384;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  core::config::Section s(keys, "simulation",
                          "How the host simulates; nothing here changes a simulated result.");
  s.count<std::uint32_t>("region_width", p.region_width, {0, kLongestEdge},
                         "columns of tiles per SystemC process; 0 = a reticle's");
  s.count<std::uint32_t>("region_height", p.region_height, {0, kLongestEdge},
                         "rows of tiles per SystemC process; 0 = a reticle's");
  s.count<std::uint64_t>("max_cycles", p.max_cycles, {0, kMost},
                         "clock cycles after which the run ends with status 3; 0 = no limit");
  s.count<std::uint64_t>("stall_cycles", p.stall_cycles, {1, kMost},
                         "clock cycles without progress after which the run ends with status 3");
}

void declare_keys(core::config::Keys& keys, BurstParameters& p) {
  constexpr std::uint32_t kLongestEdge = 16384;
  constexpr std::uint32_t kMostBlocks = 1'000'000;
  core::config::Section s(keys, "burst", "How coarsely the fidelity `burst` models a trace.");
  s.count<std::uint32_t>("tiles", p.tiles, {0, kLongestEdge},
                         "tiles per axis of the grid that stands for the rectangle; 0 = all of them");
  s.count<std::uint32_t>("blocks", p.blocks, {0, kMostBlocks},
                         "most blocks that a record is simulated in; 0 = all of them");
  s.flag("fold", p.fold, "identical layers and micro-batches in equal states are simulated once and counted");
}

void declare_keys(core::config::Keys& keys, ObserveParameters& p) {
  core::config::Section s(keys, "observe", "What a run writes beyond its results.");
  s.flag("timeline", p.timeline,
         "whether a run that replays a trace writes `timeline.pftrace`, for the Perfetto viewer");
  s.count<std::uint32_t>("link_samples", p.link_samples, {0, 1024},
                         "most samples of the links' traffic over a run that replays a trace, for "
                         "`link_samples.csv`; a long run has at least half as many; 0 = none");
}

}  // namespace waferloom::wafer
