// SPDX-License-Identifier: Apache-2.0
// What a scenario's hardware means to a strategy that places a training step on it.
#pragma once

#include "models/placement.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::wafer {

[[nodiscard]] models::Placement make_placement(const Scenario& scenario);

}  // namespace waferloom::wafer
