// SPDX-License-Identifier: Apache-2.0
// What a run draws and holds over time: levels that change when an operation or a record begins or ends.
//
//   power             idle power, and the energy of each operation under way, spread evenly over its time
//   SRAM in use       of the fullest tile, without what is reserved: what lives in program order when a record begins
//                     and when it has ended, as the check of a placement counts it. Tiles that lag or run ahead hold
//                     the tensors of another record at that moment
#pragma once

#include <string>
#include <vector>

#include "trace/record.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

struct Level {
  core::Cycle at = 0;
  double value = 0;  ///< from here on
};

struct Levels {
  std::string quantity;
  std::string unit;
  std::vector<Level> levels;  ///< by time
};

[[nodiscard]] Levels power_levels(const wafer::Scenario& scenario, const wafer::RunResult& result);

/// `records`: of the trace.
[[nodiscard]] Levels sram_levels(const std::vector<trace::Record>& records, const wafer::RunResult& result);

}  // namespace waferloom::results
