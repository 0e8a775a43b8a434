// SPDX-License-Identifier: Apache-2.0
// The configuration keys of the section `traffic`.
#pragma once

#include "core/config/key.hpp"
#include "noc/traffic_parameters.hpp"

namespace waferloom::noc {

/// Declares the keys that set `parameters`, whose present values become the defaults.
void declare_keys(core::config::Keys& keys, TrafficParameters& parameters);

}  // namespace waferloom::noc
