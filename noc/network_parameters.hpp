// SPDX-License-Identifier: Apache-2.0
// A packet network: its mesh and the parameters of its routers.
#pragma once

#include "fabric/parameters.hpp"
#include "noc/router_parameters.hpp"

namespace waferloom::noc {

struct NetworkParameters {
  fabric::FabricParameters mesh;  ///< its queues and colors of wavelets have no effect
  RouterSettings routers;
  friend bool operator==(const NetworkParameters&, const NetworkParameters&) = default;
};

}  // namespace waferloom::noc
