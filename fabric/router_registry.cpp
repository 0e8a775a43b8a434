// SPDX-License-Identifier: Apache-2.0
#include "fabric/router_registry.hpp"

#include <array>

#include "fabric/color_router_array.hpp"

namespace waferloom::fabric {

namespace {

template <class Model>
std::unique_ptr<RouterArray> create(const char* name, const FabricParameters& parameters,
                                    const core::Rectangle& area) {
  return std::make_unique<Model>(name, parameters, area);
}

constexpr std::array kModels{
    RouterModel{"color",
                "WSE: static routes per color with multicast and switch positions, backpressure per color",
                &create<ColorRouterArray>},
};

}  // namespace

std::span<const RouterModel> router_models() { return kModels; }

}  // namespace waferloom::fabric
