// SPDX-License-Identifier: Apache-2.0
// What a run replays, and on which machine: the same at both fidelities.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/geometry.hpp"
#include "core/simulation_parameters.hpp"
#include "fabric/host_registry.hpp"
#include "trace/record.hpp"
#include "wafer/program/result/record_result.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::wafer {

struct SimulationInput {
  Hardware hardware;
  fabric::HostChoice host;
  core::SimulationParameters simulation;
  core::Rectangle program;  ///< tiles on which the trace's rectangle lies
  const std::vector<trace::Record>& records;
  /// Called as each record is done; in which order within a cycle is not defined.
  std::function<void(const RecordResult&)> on_record = {};
  std::uint32_t link_samples = 0;  ///< at most; 0: none
  /// It is known that the wafer can carry the records, or those of a longer step of their kind.
  bool carried = false;
};

}  // namespace waferloom::wafer
