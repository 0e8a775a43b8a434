// SPDX-License-Identifier: Apache-2.0
// Configuration section `workload`: which model, which part of its training step, and how it is mapped.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"

namespace waferloom::models {

/// How a weight travels: alone with its 16-bit index in one 32-bit wavelet (needed for sparsity; 32 bits per
/// parameter as the vendor's white paper counts them), or two FP16 weights packed in a wavelet.
enum class WeightFormat : std::uint8_t { indexed, packed };

/// What of a layer's forward pass lives until its backward pass.
enum class Activations : std::uint8_t {
  keep,       ///< all that the backward pass needs, in SRAM
  recompute,  ///< the layer's input, in SRAM; the rest is computed again, with the weights streamed once more
  spill       ///< likewise, and the layer's input waits at the host meanwhile
};

[[nodiscard]] constexpr std::string_view name_of(Activations activations) {
  constexpr std::array<std::string_view, 3> kNames{"keep", "recompute", "spill"};
  return kNames.at(static_cast<std::size_t>(activations));
}

/// What of a layer can be computed again for the backward pass, by operation.
enum class LayerPart : std::uint8_t {
  qkv,         ///< queries, keys and values
  attention,   ///< the attention's output
  projection,  ///< the sum after attention, which parallel blocks do not need
  mlp_up       ///< the input of the activation function
};

[[nodiscard]] constexpr std::string_view name_of(LayerPart part) {
  constexpr std::array<std::string_view, 4> kNames{"qkv", "attention", "projection", "mlp_up"};
  return kNames.at(static_cast<std::size_t>(part));
}

/// What is done with pairs of a query and a later key, which a decoder's mask leaves out.
enum class CausalMask : std::uint8_t {
  computed,  ///< all pairs are computed, as in the usual counts of FLOPs
  skipped    ///< those left out are not computed; tokens lie so that all rows have as many of the others
};

/// What is chosen by simulating candidates.
enum class Automatic : std::uint8_t { none, lanes, micro_batch, both, all };

/// How each lane gets its weights.
enum class LaneCopies : std::uint8_t {
  fabric,  ///< they enter once and pass from lane to lane
  io       ///< each lane takes its own from the host
};

[[nodiscard]] constexpr std::string_view name_of(LaneCopies copies) {
  return copies == LaneCopies::fabric ? "fabric" : "io";
}

struct WorkloadParameters {
  std::string model = "gpt3-xl";  ///< name in models/data, or a path to a model file
  std::string strategy = "weight_streaming";
  std::string trace;                               ///< replay this trace file instead of lowering a model
  std::string kernel;                              ///< run this kernel file instead of a model
  std::map<std::string, std::int64_t> parameters;  ///< of the kernel
  std::uint64_t batch = 1;                         ///< sequences per step
  std::uint64_t micro_batch = 0;  ///< sequences at once; 0 = the batch, or one in a pipeline of layers
  std::uint32_t lanes = 1;        ///< groups of columns, each with all features of its sequences
  LaneCopies lane_copies = LaneCopies::fabric;
  Automatic automatic = Automatic::none;
  Activations activations = Activations::keep;
  std::uint32_t parts = 1;            ///< that the sequences at once are cut into: they pass a layer in turn
  std::vector<LayerPart> recomputed;  ///< of the layers that do not keep all; empty = all
  std::uint32_t recomputed_layers = 0;  ///< the first ones, the others keep all; 0 = all
  std::uint32_t input_every = 1;        ///< of so many layers one's input is kept or spilled
  std::uint32_t spilled_layers = 0;     ///< the first ones; 0 = all but the last
  std::uint64_t sequence = 0;           ///< tokens per sequence; 0 = the model's own
  CausalMask causal_mask = CausalMask::computed;
  std::vector<std::uint32_t> layers;  ///< which layers; empty = all, with embedding and loss
  std::vector<trace::Phase> phases;   ///< which phases; empty = all
  trace::Precision precision = trace::Precision::mixed;
  WeightFormat weight_format = WeightFormat::indexed;
  double sparsity = 0.0;      ///< share of zero weights, which are not sent; 0 <= s < 1
  core::Rectangle rectangle;  ///< on the wafer; width or height 0 = the whole program area
  /// Sequences on the wafer at once.
  [[nodiscard]] std::uint64_t at_once() const {
    if (micro_batch != 0) return micro_batch;
    return strategy == "layer_pipelined" ? 1 : batch;
  }
  [[nodiscard]] std::uint64_t micro_batches() const { return at_once() == 0 ? 1 : batch / at_once(); }
  friend bool operator==(const WorkloadParameters&, const WorkloadParameters&) = default;
};

}  // namespace waferloom::models
