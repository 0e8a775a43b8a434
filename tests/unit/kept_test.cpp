// SPDX-License-Identifier: Apache-2.0
// Which layers are alike in what of them lives until their backward pass.
#include "models/weight_streaming/kept.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace waferloom::models {
namespace {

using Runs = std::vector<std::uint32_t>;

WorkloadParameters workload(Activations activations, std::uint32_t recomputed, std::uint32_t spilled) {
  WorkloadParameters w;
  w.activations = activations;
  w.recomputed_layers = recomputed;
  w.spilled_layers = spilled;
  return w;
}

TEST(Kept, LayersAreOneRunUntilTheWorkloadSaysOtherwise) {
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::keep, 0, 0), 12));
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::recompute, 0, 0), 12));
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::spill, 0, 0), 12));
  // What does not matter to the activations.
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::keep, 4, 5), 12));
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::recompute, 0, 5), 12));
}

TEST(Kept, RunsEndWhereLayersBeginToDiffer) {
  EXPECT_EQ((Runs{4, 8}), runs_of_layers(workload(Activations::recompute, 4, 0), 12));
  EXPECT_EQ((Runs{5, 7}), runs_of_layers(workload(Activations::spill, 0, 5), 12));
  EXPECT_EQ((Runs{4, 1, 7}), runs_of_layers(workload(Activations::spill, 4, 5), 12));
  EXPECT_EQ((Runs{4, 3, 5}), runs_of_layers(workload(Activations::spill, 7, 4), 12));
  EXPECT_EQ((Runs{5, 7}), runs_of_layers(workload(Activations::spill, 5, 5), 12));
  EXPECT_EQ(Runs{12}, runs_of_layers(workload(Activations::recompute, 12, 0), 12));
}

TEST(Kept, LayersOfARunAreKeptAlikeAndThoseOfTheNextOtherwise) {
  constexpr std::uint32_t kLayers = 9;
  const auto same = [](const Kept& a, const Kept& b) {
    return a.input == b.input && a.spilled == b.spilled && a.qkv == b.qkv && a.attention == b.attention &&
           a.projection == b.projection && a.mlp_up == b.mlp_up;
  };
  for (std::uint32_t recomputed = 0; recomputed <= kLayers; ++recomputed) {
    for (std::uint32_t spilled = 0; spilled < kLayers; ++spilled) {
      const WorkloadParameters w = workload(Activations::spill, recomputed, spilled);
      const std::vector<Kept> kept = kept_by_layer(w, kLayers, true, true);
      std::uint32_t begin = 0;
      for (const std::uint32_t layers : runs_of_layers(w, kLayers)) {
        if (begin != 0) {
          EXPECT_FALSE(same(kept[begin - 1], kept[begin]));
        }
        // The last layer's input waits at no host.
        for (std::uint32_t i = begin + 1; i < begin + layers && i + 1 < kLayers; ++i) {
          EXPECT_TRUE(same(kept[begin], kept[i])) << recomputed << " " << spilled << " " << i;
        }
        begin += layers;
      }
      EXPECT_EQ(kLayers, begin);
    }
  }
}

}  // namespace
}  // namespace waferloom::models
