// SPDX-License-Identifier: Apache-2.0
// What one run of a kernel leaves behind.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "core/wavelet.hpp"
#include "wafer/program/result/plan_result.hpp"

namespace waferloom::wafer {

/// What became of a task of the kernel, on all tiles.
struct TaskTotals {
  std::uint64_t activations = 0;  ///< that it began
  core::Cycle first_begin = core::kNever;
  core::Cycle last_end = 0;
};

/// A buffer's numbers on a tile as the run ends.
struct BufferValues {
  core::Coordinate at;  ///< within the kernel
  std::uint32_t buffer = 0;
  std::vector<float> numbers;
};

struct KernelResult {
  PlanResult run;
  std::vector<TaskTotals> tasks;     ///< by task of the kernel
  std::vector<BufferValues> values;  ///< that are written
};

}  // namespace waferloom::wafer
