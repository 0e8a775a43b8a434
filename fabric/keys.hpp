// SPDX-License-Identifier: Apache-2.0
// The configuration keys of the sections `fabric`, `io`, `memoryx` and `traffic`.
#pragma once

#include <string>
#include <vector>

#include "core/config/key.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::fabric {

/// Declares the keys that set `parameters`, whose present values become the defaults. `routers`: names of all models.
void declare_keys(core::config::Keys& keys, FabricParameters& parameters,
                  const std::vector<std::string>& routers);
/// `host`: the name of the host behind the channels.
void declare_keys(core::config::Keys& keys, IoParameters& parameters, std::string& host);
void declare_keys(core::config::Keys& keys, MemoryXParameters& parameters);

}  // namespace waferloom::fabric
