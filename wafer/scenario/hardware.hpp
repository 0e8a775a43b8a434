// SPDX-License-Identifier: Apache-2.0
// The machine that a scenario describes: its mesh, its I/O and its PEs.
#pragma once

#include "fabric/parameters.hpp"
#include "pe/parameters.hpp"

namespace waferloom::wafer {

struct Hardware {
  fabric::FabricParameters fabric;
  fabric::IoParameters io;
  pe::PeParameters pe;
  friend bool operator==(const Hardware&, const Hardware&) = default;
};

}  // namespace waferloom::wafer
