// SPDX-License-Identifier: Apache-2.0
// Groups of records overlap, and what keeps a resource busy during one of them may belong to another. The
// engine counts work by group; here it is spread evenly over its group's time and read back over each group's.
#pragma once

#include <vector>

#include "wafer/program/result/run_result.hpp"

namespace waferloom::burst {

/// Turns shares of each group's own work into shares of all work in its time, and names what bounds it. Links and
/// channels are taken as if the busiest ones of the groups were the same: an upper bound, at most 1. Links of groups
/// on other tiles are others; `areas`: of each group.
void share_overlaps(std::vector<wafer::GroupResult>& groups, const std::vector<core::Rectangle>& areas);

}  // namespace waferloom::burst
