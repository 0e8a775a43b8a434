// SPDX-License-Identifier: Apache-2.0
// Energy of a run: what stands still costs by time, what moves or computes costs by event. Counts come from the
// simulation, energies per event from the scenario's section `energy`; wafer/scenario/keys.cpp names their sources.
#pragma once

#include "trace/record.hpp"
#include "wafer/program/groups.hpp"

namespace waferloom::wafer {

struct EnergyParameters {
  /// Of the whole system, by tile of the fabric: 16.1 kW measured of an idle CS-2, over 757 x 996 tiles.
  double idle_w_per_tile = 21.35e-3;
  double busy_cycle_j = 12e-12;  ///< a cycle in which a PE's datapath works: fetch, decode, registers, clock
  double fp16_mac_j = 0.27e-12;
  double mixed_mac_j = 0.41e-12;
  double fp32_mac_j = 0.82e-12;
  double sram_j_per_bit = 0.028e-12;
  double hop_j_per_bit = 0.05e-12;
  double io_j_per_bit = 10e-12;  ///< between the wafer's edge and the host
  friend bool operator==(const EnergyParameters&, const EnergyParameters&) = default;
};

/// Joules by component.
struct Energy {
  double pe = 0;      ///< busy datapaths and arithmetic
  double sram = 0;    ///< operands read and results written
  double fabric = 0;  ///< wavelets over links between tiles
  double io = 0;      ///< wavelets to and from the host
  double idle = 0;    ///< what passes with time
  [[nodiscard]] double total() const { return pe + sram + fabric + io + idle; }
};

/// Energy of a group's own work; nothing idle.
/// `busy_cycles`: of all PEs; `hops`: of wavelets.
[[nodiscard]] Energy energy_of(const Group& group, double busy_cycles, std::uint64_t hops,
                               trace::Precision precision, const EnergyParameters& parameters);

/// Energy of `time_s` seconds with `tiles` tiles in the fabric, idle or not.
[[nodiscard]] double idle_energy(std::uint64_t tiles, double time_s, const EnergyParameters& parameters);

Energy& operator+=(Energy& sum, const Energy& other);

}  // namespace waferloom::wafer
