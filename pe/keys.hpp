// SPDX-License-Identifier: Apache-2.0
// The configuration keys of the section `pe`.
#pragma once

#include "core/config/key.hpp"
#include "pe/parameters.hpp"

namespace waferloom::pe {

/// Declares the keys that set `parameters`, whose present values become the defaults.
void declare_keys(core::config::Keys& keys, PeParameters& parameters);

}  // namespace waferloom::pe
