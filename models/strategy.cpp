// SPDX-License-Identifier: Apache-2.0
#include "models/strategy.hpp"

#include <array>

#include "core/registry.hpp"
#include "models/layer_pipelined/layer_pipelined.hpp"
#include "models/weight_streaming/weight_streaming.hpp"

namespace waferloom::models {

namespace {

constexpr std::array kStrategies{
    Strategy{"weight_streaming",
             "weights stream in layer by layer, activations stay in SRAM, gradients stream out",
             &weight_streaming_header, &lower_weight_streaming},
    Strategy{
        "layer_pipelined",
        "all weights stay in SRAM, each layer on columns of its own; micro-batches pass through them in turn",
        &layer_pipelined_header, &lower_layer_pipelined},
};

}  // namespace

std::span<const Strategy> strategies() { return kStrategies; }

const Strategy& find_strategy(std::string_view name) {
  return core::require_named(strategies(), name, "workload.strategy");
}

}  // namespace waferloom::models
