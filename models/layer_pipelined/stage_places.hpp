// SPDX-License-Identifier: Apache-2.0
// Where the stages of a pipeline of layers lie on the rectangle.
//
// Layers lie in bands from north to south, in each side by side, first east and then, in the next band, back
// west, so that a layer's neighbours in the pipeline are its neighbours on the wafer. All layers have places of
// one size. The embedding has the rows above all bands and the loss those below; or they begin and end the only
// band.
// Chains along rows and columns are the shorter the nearer a place is to a square.
//
// Among all bands and sizes that hold the stages' state, the one is taken whose slowest stage has the shortest
// estimated time per token (models/layer_pipelined/stage_costs.hpp); the time itself comes from the simulation.
#pragma once

#include <cstdint>
#include <vector>

#include "core/geometry.hpp"
#include "models/strategy.hpp"

namespace waferloom::models {

/// SRAM per parameter: weight in FP16; gradient, master copy and Adam's two moments in FP32 (the usual
/// mixed-precision recipe; Micikevicius et al., 2018).
inline constexpr std::uint64_t kBytesPerParameter = 2 + 4 * 4;

/// Throws core::InputError when the model's state does not fit the rectangle's SRAM, with what is missing.
void check_memory(const LoweringRequest& request);

/// Places within the program's rectangle.
struct StagePlaces {
  core::Rectangle embedding;
  std::vector<core::Rectangle> layers;
  core::Rectangle loss;
  std::uint32_t bands = 1;

  /// All of them in the order of the pipeline.
  [[nodiscard]] std::vector<core::Rectangle> in_order() const;
};

/// Throws core::InputError when there are fewer tiles than the stages need.
[[nodiscard]] StagePlaces place_stages(const LoweringRequest& request);

}  // namespace waferloom::models
