// SPDX-License-Identifier: Apache-2.0
// What of a layer's forward pass lives in SRAM until its backward pass, and whether its input waits at the host.
//
// With activations `recompute` or `spill`: of every workload.input_every layers the first one's input lives, and of the
// layers from the last such one on each one's, as their backward passes come first; the first workload.spilled_layers of
// the inputs that live wait at the host. Results of the operations in workload.recomputed go in the first
// workload.recomputed_layers layers. Layers are counted among those of the workload.
#pragma once

#include <cstdint>
#include <vector>

#include "models/workload_parameters.hpp"

namespace waferloom::models {

/// Of one layer.
struct Kept {
  bool input = true;     ///< lives until the backward pass, here or at the host
  bool spilled = false;  ///< waits at the host
  bool qkv = true;
  bool attention = true;
  bool projection = true;
  bool mlp_up = true;

  /// Whether the result of an operation lives until the backward pass.
  [[nodiscard]] bool result_of(LayerPart part) const;
  [[nodiscard]] bool all() const { return qkv && attention && projection && mlp_up; }
};

/// Of `layers` layers in the order of the forward pass. `backward`: there is such a pass; without a forward pass, all
/// is there from the start. Throws core::InputError where the workload names more layers than there are.
[[nodiscard]] std::vector<Kept> kept_by_layer(const WorkloadParameters& workload, std::uint32_t layers,
                                              bool forward, bool backward);

/// Layers that follow each other and are alike in that, run by run: how many. Where workload.input_every makes layers
/// take turns, each turn counts as alike; and so does the last layer, whose input waits at no host.
[[nodiscard]] std::vector<std::uint32_t> runs_of_layers(const WorkloadParameters& workload,
                                                        std::uint32_t layers);

}  // namespace waferloom::models
