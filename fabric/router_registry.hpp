// SPDX-License-Identifier: Apache-2.0
// The router models by name. Adding one is a new file with its class and one line in router_registry.cpp.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/router_array.hpp"
#include "noc/packet_router_array.hpp"

namespace waferloom::fabric {

struct RouterModel {
  std::string_view name;
  std::string_view description;
  /// Either of them: a model carries wavelets between PEs, or packets between nodes.
  std::unique_ptr<RouterArray> (*create)(const FabricParameters&, std::vector<core::Coordinate> places);
  std::unique_ptr<PacketRouterArray> (*create_for_packets)(const FabricParameters&, core::Rectangle area);
};

/// All models, sorted by name.
[[nodiscard]] std::span<const RouterModel> router_models();

/// Throws core::InputError that lists the known models.
[[nodiscard]] const RouterModel& find_router_model(std::string_view name);

}  // namespace waferloom::fabric
