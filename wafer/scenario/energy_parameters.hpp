// SPDX-License-Identifier: Apache-2.0
// Configuration section `energy`: what each event costs. wafer/scenario/keys.cpp names the sources.
#pragma once

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

}  // namespace waferloom::wafer
