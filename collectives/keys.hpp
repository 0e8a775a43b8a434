// SPDX-License-Identifier: Apache-2.0
// Declares the keys of section `collective`.
#pragma once

#include "collectives/parameters.hpp"
#include "core/config/key.hpp"

namespace waferloom::collectives {

void declare_keys(core::config::Keys& keys, CollectiveParameters& p);

}  // namespace waferloom::collectives
