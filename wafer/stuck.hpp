// SPDX-License-Identifier: Apache-2.0
// Tells why a run cannot go on: which tiles and colors hold wavelets that nobody takes, and what the PEs wait
// for.
#pragma once

#include <string>
#include <vector>

#include "trace/record.hpp"
#include "wafer/replay.hpp"
#include "wafer/wafer.hpp"

namespace waferloom::wafer {

/// Wavelets in routers and PEs that wait for them or for space. Several lines for people.
[[nodiscard]] std::string describe_blocked(Wafer& wafer);

/// The same, and what the replay's records wait for. Several lines for people; at most some dozen of each kind.
[[nodiscard]] std::string describe_stuck(Wafer& wafer, const Replay& replay,
                                         const std::vector<trace::Record>& records);

}  // namespace waferloom::wafer
