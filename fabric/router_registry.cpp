// SPDX-License-Identifier: Apache-2.0
#include "fabric/router_registry.hpp"

#include <fmt/format.h>

#include <array>

#include "core/error.hpp"
#include "fabric/color_router_array.hpp"
#include "noc/xy_router_array.hpp"

namespace waferloom::fabric {

namespace {

template <class Model>
std::unique_ptr<RouterArray> create(const FabricParameters& parameters,
                                    std::vector<core::Coordinate> places) {
  return std::make_unique<Model>(parameters, std::move(places));
}

constexpr std::array kModels{
    RouterModel{"color",
                "WSE: static routes per color with multicast and switch positions, backpressure per color",
                &create<ColorRouterArray>, nullptr},
    RouterModel{"xy",
                "networks-on-chip: packets, wormhole with virtual channels and credits, first along x, then "
                "along y",
                nullptr, &make_xy_router_array},
};

}  // namespace

std::span<const RouterModel> router_models() { return kModels; }

const RouterModel& find_router_model(std::string_view name) {
  std::string known;
  for (const RouterModel& model : kModels) {
    if (model.name == name) return model;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", model.name);
  }
  throw core::InputError(fmt::format("fabric.router: expected one of {}, got {}", known, name));
}

}  // namespace waferloom::fabric
