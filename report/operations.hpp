// SPDX-License-Identifier: Apache-2.0
// The operations of layers.csv as typed rows, and how the time of several is shared out among what bounds them.
// docs/results.md says what a bound is. Where operations overlap, the time is shared evenly among them, so that
// the parts add up to the time that passed; report/ui/src/causes.js does the same in the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_files.hpp"

namespace waferloom::report {

struct Operation {
  std::string layer;  ///< empty outside the layers
  std::string phase;
  std::string name;
  std::string bound;
  std::string ties;  ///< what weighs about as much: "SRAM; I/O"
  double start_cycle = 0;
  double end_cycle = 0;
  double micro_batch = 0;  ///< 0 where micro-batches are not told apart
  double macs = 0;
  double bytes_in = 0;   ///< from the host
  double bytes_out = 0;  ///< to the host
  double sram_bytes = 0;
  double wavelet_hops = 0;
  double energy_j = 0;  ///< of its own work, nothing idle
};

/// In the order of layers.csv; none where a run has no such file. Throws core::InputError where a column is missing.
[[nodiscard]] std::vector<Operation> operations_of(const RunFiles& run);

/// The cycles during which a resource bounded what was under way.
struct BoundTime {
  std::string bound;
  double cycles = 0;
};

struct TimeByBound {
  double covered_cycles = 0;      ///< in which some operation was under way
  std::vector<BoundTime> bounds;  ///< the largest first; they add up to `covered_cycles`

  [[nodiscard]] double cycles_of(std::string_view bound) const;
  /// What bounds most of the time; empty where no time passed.
  [[nodiscard]] std::string first() const { return bounds.empty() ? "" : bounds.front().bound; }
};

[[nodiscard]] TimeByBound time_by_bound(const std::vector<const Operation*>& operations);

/// Cycles a second, from the run's time and cycles.
[[nodiscard]] double clock_of(const RunFiles& run);

}  // namespace waferloom::report
