// SPDX-License-Identifier: Apache-2.0
#include "models/weight_streaming/kept.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/origin.hpp"

namespace waferloom::models {

namespace {

void check_layers(const char* key, std::uint32_t value, std::uint32_t most) {
  if (value <= most) return;
  throw core::config::KeyError({key, "workload.layers", "workload.model"},
                               fmt::format("expected at most {}, got {}", most, value));
}

bool is_recomputed(const WorkloadParameters& workload, LayerPart part) {
  const auto& parts = workload.recomputed;
  return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
}

}  // namespace

bool Kept::result_of(LayerPart part) const {
  switch (part) {
    case LayerPart::qkv:
      return qkv;
    case LayerPart::attention:
      return attention;
    case LayerPart::projection:
      return projection;
    case LayerPart::mlp_up:
      return mlp_up;
  }
  return false;
}

std::vector<Kept> kept_by_layer(const WorkloadParameters& workload, std::uint32_t layers, bool forward,
                                bool backward) {
  if (!backward) return std::vector<Kept>(layers, {false, false, false, false, false, false});
  std::vector<Kept> kept(layers);
  if (workload.activations == Activations::keep) return kept;
  check_layers("workload.recomputed_layers", workload.recomputed_layers, layers);
  check_layers("workload.input_every", workload.input_every, layers);
  check_layers("workload.spilled_layers", workload.spilled_layers, layers - 1);
  if (!forward) return kept;
  const std::uint32_t recomputed = workload.recomputed_layers == 0 ? layers : workload.recomputed_layers;
  const std::uint32_t spilled = workload.activations != Activations::spill ? 0
                                : workload.spilled_layers == 0             ? layers - 1
                                                                           : workload.spilled_layers;
  const std::uint32_t last_group = (layers - 1) / workload.input_every * workload.input_every;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    Kept& each = kept[layer];
    each.input = layer >= last_group || layer % workload.input_every == 0;
    each.spilled = each.input && layer < spilled;
    if (layer >= recomputed) continue;
    each.qkv = !is_recomputed(workload, LayerPart::qkv);
    each.attention = !is_recomputed(workload, LayerPart::attention);
    each.projection = !is_recomputed(workload, LayerPart::projection);
    each.mlp_up = !is_recomputed(workload, LayerPart::mlp_up);
  }
  return kept;
}

std::vector<std::uint32_t> runs_of_layers(const WorkloadParameters& workload, std::uint32_t layers) {
  std::vector<std::uint32_t> ends;
  if (workload.activations != Activations::keep) ends.push_back(workload.recomputed_layers);
  if (workload.activations == Activations::spill) ends.push_back(workload.spilled_layers);
  ends.push_back(layers);
  std::sort(ends.begin(), ends.end());
  std::vector<std::uint32_t> runs;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : ends) {
    if (end <= begin || end > layers) continue;
    runs.push_back(end - begin);
    begin = end;
  }
  return runs;
}

}  // namespace waferloom::models
