// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "core/error.hpp"
#include "core/wavelet.hpp"
#include "wafer/wavelet/wait_graph.hpp"

namespace waferloom::wafer {

/// Ends a run that the user interrupts, or that makes no progress although its clock goes on.
class StallWatch {
 public:
  explicit StallWatch(std::uint64_t stall_cycles) : stall_cycles_(stall_cycles) {}

  /// `progress` grows with all that is done. `at_work()`: something takes long and ends by itself.
  template <class AtWork>
  void check(core::Cycle cycle, std::uint64_t progress, bool stop, const AtWork& at_work) {
    if (stop) throw core::InterruptedError(cycle);
    if (progress != progress_) {
      progress_ = progress;
      last_ = cycle;
    }
    if (cycle - last_ <= stall_cycles_) return;
    if (!at_work()) {
      stalled_ = true;
      throw core::SimulationError(fmt::format(
          "simulation.stall_cycles: no progress since cycle {}, for {} cycles", last_, cycle - last_));
    }
    last_ = cycle;
  }

  /// Those that wait in a run that has failed: for good where check() ended it, else it went on until then.
  [[nodiscard]] Waits waits() const { return stalled_ ? Waits::for_good : Waits::passing; }

 private:
  std::uint64_t stall_cycles_;
  std::uint64_t progress_ = 0;
  core::Cycle last_ = 0;
  bool stalled_ = false;
};

}  // namespace waferloom::wafer
