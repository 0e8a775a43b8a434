// SPDX-License-Identifier: Apache-2.0
#include "models/strategy.hpp"

#include <array>

#include "core/registry.hpp"
#include "models/layer_pipelined/layer_pipelined.hpp"
#include "models/weight_streaming/weight_streaming.hpp"

namespace waferloom::models {

namespace {

constexpr std::array kStrategies{
    Strategy{"weight_streaming", "one layer at a time on all tiles, weights stream in",
             &weight_streaming_header, &lower_weight_streaming},
    Strategy{"layer_pipelined", "all layers at once on columns of their own, weights stay in SRAM",
             &layer_pipelined_header, &lower_layer_pipelined},
};

}  // namespace

std::span<const Strategy> strategies() { return kStrategies; }

const Strategy& find_strategy(std::string_view name) {
  return core::require_named(strategies(), name, "workload.strategy");
}

}  // namespace waferloom::models
