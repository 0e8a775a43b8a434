// SPDX-License-Identifier: Apache-2.0
// What a run that replays a trace leaves behind, whichever fidelity it ran at.
#pragma once

#include <cstdint>
#include <vector>

#include "core/wavelet.hpp"
#include "wafer/program/result/channel_traffic.hpp"
#include "wafer/program/result/group_result.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/record_result.hpp"
#include "wafer/program/result/tile_result.hpp"

namespace waferloom::wafer {

struct RunResult {
  core::Cycle cycles = 0;
  double clock_hz = 0;
  std::vector<GroupResult> groups;
  std::vector<RecordResult> records;     ///< by id; those without any part are left out
  std::vector<ChannelTraffic> channels;  ///< over time
  LinkSamples links;                     ///< over time
  std::vector<TileResult> tiles;  ///< routers that carried traffic and PEs of the program; none: not wanted
  std::uint64_t hops = 0;         ///< wavelets over links between tiles and to I/O
  std::uint64_t words_in = 0;     ///< from the host
  std::uint64_t words_out = 0;    ///< to the host
  std::uint64_t wavelets_injected = 0;   ///< by PEs and I/O channels
  std::uint64_t wavelets_delivered = 0;  ///< to PEs and I/O channels (a multicast counts once per target)
  std::uint64_t macs = 0;
  std::uint32_t sram_high_water = 0;  ///< bytes, of the PE that had most
  std::uint32_t grid_columns = 0;     ///< at fidelity burst: that stand for those of the program; 0 = wavelet
  std::uint32_t grid_rows = 0;        ///< likewise
  double elaboration_s = 0;           ///< of the host's time
  double simulation_s = 0;
};

}  // namespace waferloom::wafer
