// SPDX-License-Identifier: Apache-2.0
// The router models that carry packets between nodes, by name. Adding one is a header and a source file with its class
// and its parameters, one line in router_registry.cpp and its test.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/geometry.hpp"
#include "noc/network_parameters.hpp"
#include "noc/packet_router_array.hpp"

namespace waferloom::noc {

struct PacketRouterModel {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<PacketRouterArray> (*create)(const NetworkParameters&, core::Rectangle area);
  /// Defaults of the parameters of its own; nullptr where it has none.
  std::unique_ptr<RouterParameters> (*parameters)();
};

/// All models, sorted by name.
[[nodiscard]] std::span<const PacketRouterModel> packet_router_models();

}  // namespace waferloom::noc
