// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "core/error.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

/// Ends a run that the user interrupts, or that makes no progress although its clock goes on.
class StallWatch {
 public:
  explicit StallWatch(std::uint64_t stall_cycles) : stall_cycles_(stall_cycles) {}

  /// `progress` grows with all that is done. `at_work()`: something takes long and ends by itself.
  template <class AtWork>
  void check(core::Cycle cycle, std::uint64_t progress, bool stop, const AtWork& at_work) {
    if (stop) throw core::Error(core::ExitStatus::interrupted, fmt::format("interrupted in cycle {}", cycle));
    if (progress != progress_) {
      progress_ = progress;
      last_ = cycle;
    }
    if (cycle - last_ <= stall_cycles_) return;
    if (!at_work()) {
      throw core::SimulationError(fmt::format(
          "simulation.stall_cycles: no progress since cycle {}, for {} cycles", last_, cycle - last_));
    }
    last_ = cycle;
  }

 private:
  std::uint64_t stall_cycles_;
  std::uint64_t progress_ = 0;
  core::Cycle last_ = 0;
};

}  // namespace waferloom::wafer
