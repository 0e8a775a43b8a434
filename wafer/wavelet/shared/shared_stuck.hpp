// SPDX-License-Identifier: Apache-2.0
// A run that cannot go on, seen on rank 0 whole: what lies on other ranks is asked of them.
#pragma once

#include "ranks/partition.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/stuck.hpp"
#include "wafer/wavelet/stuck_view.hpp"

namespace waferloom::wafer {

/// Every rank calls this once the ranks know from each other that the run is stuck. Throws: on rank 0 the StuckError that
/// one process would throw, on others ranks::Ended. `what` counts on rank 0, `lines_title` is of what the views' lines
/// tell.
[[noreturn]] void fail_stuck(const ranks::Share& share, const core::RegionGrid& grid, const StuckView& own,
                             const std::string& what, Waits waits, const char* lines_title = nullptr);

/// The same for any failure with which the ranks have ended a run together.
[[noreturn]] void fail_all(const ranks::Share& share, const core::RegionGrid& grid, const StuckView& own,
                           const ranks::Failure& failure, Waits waits, const char* lines_title = nullptr);

}  // namespace waferloom::wafer
