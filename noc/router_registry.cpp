// SPDX-License-Identifier: Apache-2.0
#include "noc/router_registry.hpp"

#include <array>

#include "noc/xy_router_array.hpp"

namespace waferloom::noc {

namespace {

template <class P>
std::unique_ptr<RouterParameters> defaults() {
  return std::make_unique<ParametersOf<P>>();
}

constexpr std::array kModels{
    PacketRouterModel{"xy",
                      "networks-on-chip: packets, wormhole with virtual channels and credits, first along x, "
                      "then along y",
                      &make_xy_router_array, &defaults<XyParameters>},
};

}  // namespace

std::span<const PacketRouterModel> packet_router_models() { return kModels; }

}  // namespace waferloom::noc
