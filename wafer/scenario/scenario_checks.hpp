// SPDX-License-Identifier: Apache-2.0
// What must hold between the keys of a scenario.
#pragma once

#include "core/config/reader.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::wafer {

/// Adds what does not fit together to `problems`, at the place where it was last set; `fallback` is the place
/// of what nobody set. Keys that have a problem already are left alone.
void check_scenario(const Scenario& scenario, const core::config::Settings& settings,
                    const core::config::Location& fallback, core::config::Problems& problems);

}  // namespace waferloom::wafer
