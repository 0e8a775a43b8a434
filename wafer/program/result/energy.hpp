// SPDX-License-Identifier: Apache-2.0
// Energy of a run: idle tiles cost energy by time, movement and computation by event. Counts come from the
// simulation, energies per event from the scenario's section `energy`; wafer/scenario/keys.cpp names their sources.
#pragma once

#include "trace/record.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/scenario/energy_parameters.hpp"

namespace waferloom::wafer {

/// Joules by component.
struct Energy {
  double pe = 0;      ///< busy datapaths and arithmetic
  double sram = 0;    ///< operands read and results written
  double fabric = 0;  ///< wavelets over links between tiles
  double io = 0;      ///< wavelets to and from the host
  double idle = 0;    ///< drawn all the time, whether or not anything works
  [[nodiscard]] double total() const { return pe + sram + fabric + io + idle; }
};

/// Energy of a group's own work, without idle energy.
/// `busy_cycles`: of all PEs; `hops`: of wavelets.
[[nodiscard]] Energy energy_of(const Group& group, double busy_cycles, std::uint64_t hops,
                               trace::Precision precision, const EnergyParameters& parameters);

/// Energy of `time_s` seconds with `tiles` tiles in the fabric, idle or not.
[[nodiscard]] double idle_energy(std::uint64_t tiles, double time_s, const EnergyParameters& parameters);

Energy& operator+=(Energy& sum, const Energy& other);

}  // namespace waferloom::wafer
