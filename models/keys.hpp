// SPDX-License-Identifier: Apache-2.0
// The configuration keys of the section `workload`.
#pragma once

#include "core/config/key.hpp"
#include "models/workload_parameters.hpp"

namespace waferloom::models {

/// Declares the keys that set `parameters`, whose present values become the defaults.
void declare_keys(core::config::Keys& keys, WorkloadParameters& parameters);

}  // namespace waferloom::models
