// SPDX-License-Identifier: Apache-2.0
// The router models that carry wavelets between PEs, by name. Adding one is a header and a source file with its class,
// one line in router_registry.cpp and its test.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/geometry.hpp"
#include "fabric/parameters.hpp"

namespace waferloom::fabric {

class RouterArray;

struct RouterModel {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<RouterArray> (*create)(const char* name, const FabricParameters&,
                                         const core::Rectangle& area);
};

/// All models, sorted by name.
[[nodiscard]] std::span<const RouterModel> router_models();

}  // namespace waferloom::fabric
