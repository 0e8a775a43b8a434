// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/keys.hpp"

#include <limits>

namespace waferloom::wafer {

void declare_keys(core::config::Keys& keys, core::SimulationParameters& p) {
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
                         "columns of the grid that stands for the rectangle; 0 = all of them, and all rows");
  s.count<std::uint32_t>("rows", p.rows, {0, kLongestEdge},
                         "rows of the grid, at most burst.tiles, where areas have 256 rows or more and reach "
                         "over all, else up to 8; "
                         "0 = burst.tiles");
  s.count<std::uint32_t>(
      "blocks", p.blocks, {0, kMostBlocks},
      "most blocks that a record is simulated in, on up to 16 columns of the grid (of a lane, "
      "or a stage); on more columns as many more, and on a coarser grid than the rectangle at "
      "most 20 for each; 0 = all that the grid allows");
  s.flag("fold", p.fold, "identical layers and micro-batches in equal states are simulated once and counted");
  s.quantity(
      "fold_tolerance", p.fold_tolerance, core::Dimension::none, {0, 0.01},
      "by how much of their period repetitions may differ to be folded, and so what is left out may err");
}

void declare_keys(core::config::Keys& keys, EnergyParameters& p) {
  using core::Dimension;
  core::config::Section s(
      keys, "energy", "What events cost. Results give energy and average power by component and operation.");
  s.quantity(
      "idle_per_tile", p.idle_w_per_tile, Dimension::power, {0, 1e3},
      "power of the whole system without work, by tile of the fabric; 16.1 kW of an idle CS-2 [M] over "
      "757 x 996 tiles");
  s.quantity(
      "busy_cycle", p.busy_cycle_j, Dimension::energy, {0, 1},
      "a cycle in which a PE's datapath works, besides arithmetic and SRAM: instruction, registers, clock; "
      "derived: with the other figures it gives the 22.8 kW measured of a CS-2 under a stencil [M]");
  s.quantity("fp16_mac", p.fp16_mac_j, Dimension::energy, {0, 1},
             "one FP16 multiply-accumulate; 1.5 pJ at 45 nm (Horowitz, ISSCC 2014), scaled to 7 nm by 5.6, "
             "assumed");
  s.quantity("mixed_mac", p.mixed_mac_j, Dimension::energy, {0, 1},
             "one FP16 x FP16 + FP32 multiply-accumulate; 2.3 pJ at 45 nm, scaled likewise, assumed");
  s.quantity("fp32_mac", p.fp32_mac_j, Dimension::energy, {0, 1},
             "one FP32 multiply-accumulate; 4.6 pJ at 45 nm, scaled likewise, assumed");
  s.quantity(
      "sram", p.sram_j_per_bit, Dimension::energy_per_bit, {0, 1},
      "SRAM read or written; 10 pJ for 64 bits of 8 KiB at 45 nm (Horowitz), scaled likewise, assumed");
  s.quantity("hop", p.hop_j_per_bit, Dimension::energy_per_bit, {0, 1},
             "one hop: 0.23 mm of wire at 80 fJ/b/mm and a router's queue; assumed");
  s.quantity("io", p.io_j_per_bit, Dimension::energy_per_bit, {0, 1},
             "between the wafer and the host: 100 Gb/s Ethernet at both ends; assumed");
}

void declare_keys(core::config::Keys& keys, ObserveParameters& p) {
  core::config::Section s(keys, "observe", "What a run writes beyond its results.");
  s.flag("maps", p.maps,
         "whether a run writes `links.csv`, `tiles.csv` and their like in the database (packet networks: "
         "`link_flits.csv`): 200 MB of a full wafer");
  s.flag("timeline", p.timeline,
         "whether a run with records, or with tiles chosen by `observe.tracks`, writes `timeline.pftrace`, "
         "for the Perfetto viewer");
  s.count<std::uint32_t>("link_samples", p.link_samples, {0, 1024},
                         "most samples of the links' traffic over a run, for "
                         "`link_samples.csv`; a long run has at least half as many; 0 = none");
  core::config::Section w(keys, "observe.waveform",
                          "Signals of the wafer over time, for a waveform viewer (docs/waveforms.md).");
  w.text("format", p.waveform.format, "of the file: fst = wave.fst, small and fast; vcd = wave.vcd, as text",
         {"fst", "vcd"});
  w.texts("signals", p.waveform.signals,
          "which: names with `*` and `?`, see `waferloom list signals`; none = no waveform");
  w.window("window", p.waveform.window_s, core::Dimension::time, "which part of the run");
  core::config::Section t(keys, "observe.tracks",
                          "Tracks of the timeline beyond those of layers, phases and operations.");
  t.count<std::uint32_t>(
      "channels", p.tracks.channels, {0, 16384},
      "most I/O channels per direction whose traffic is a track: evenly spread over those that carry "
      "something; 0 = none");
  t.texts("tiles", p.tracks.tiles,
          "tiles whose states are tracks: points (\"3,4\"), rectangles (\"3,4,2,5\": column, row, width, "
          "height) or "
          "names with `*` and `?`; none = no such tracks");
  t.count<std::uint32_t>(
      "resolution", p.tracks.resolution, {1, 1'000'000},
      "clock cycles: of each so many a tile's track shows the state that took the most; 1 = all "
      "is exact");
  t.window("window", p.tracks.window_s, core::Dimension::time,
           "which part of the run the tiles' tracks show");
  core::config::Section l(
      keys, "observe.wavelet_log",
      "Wavelets that land in routers, as a log in the lines of the Cerebras SDK's simulator.");
  l.texts("tiles", p.wavelet_log.tiles,
          "which: points (\"3,4\"), rectangles (\"3,4,2,5\": column, row, width, height) or names with `*` "
          "and `?`, e.g. "
          "wafer.*.tile_[3-5]_*; none = no log");
  l.window("window", p.wavelet_log.window_s, core::Dimension::time, "which part of the run");
}

}  // namespace waferloom::wafer
