// SPDX-License-Identifier: Apache-2.0
#include "models/keys.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "models/strategy.hpp"

namespace waferloom::models {

namespace {

using core::config::Named;
using trace::Phase;
using trace::Precision;

constexpr std::array kPhases{
    Named<Phase>{"forward", Phase::forward}, Named<Phase>{"backward_input", Phase::backward_input},
    Named<Phase>{"backward_weight", Phase::backward_weight}, Named<Phase>{"update", Phase::update}};
constexpr std::array kPrecisions{Named<Precision>{"fp16", Precision::fp16},
                                 Named<Precision>{"mixed", Precision::mixed},
                                 Named<Precision>{"fp32", Precision::fp32}};
constexpr std::array kWeightFormats{Named<WeightFormat>{"indexed", WeightFormat::indexed},
                                    Named<WeightFormat>{"packed", WeightFormat::packed}};

constexpr std::array kCausalMasks{Named<CausalMask>{"computed", CausalMask::computed},
                                  Named<CausalMask>{"skipped", CausalMask::skipped}};

constexpr std::array kAutomatic{
    Named<Automatic>{"none", Automatic::none}, Named<Automatic>{"lanes", Automatic::lanes},
    Named<Automatic>{"micro_batch", Automatic::micro_batch}, Named<Automatic>{"both", Automatic::both},
    Named<Automatic>{"all", Automatic::all}};

constexpr Named<LaneCopies> named(LaneCopies copies) { return {name_of(copies), copies}; }
constexpr std::array kLaneCopies{named(LaneCopies::fabric), named(LaneCopies::io)};

constexpr Named<Activations> named(Activations activations) { return {name_of(activations), activations}; }
constexpr std::array kActivations{named(Activations::keep), named(Activations::recompute),
                                  named(Activations::spill)};

constexpr Named<LayerPart> named(LayerPart part) { return {name_of(part), part}; }
constexpr std::array kLayerParts{named(LayerPart::qkv), named(LayerPart::attention),
                                 named(LayerPart::projection), named(LayerPart::mlp_up)};

/// What becomes of a layer's activations until its backward pass.
void declare_activation_keys(core::config::Section& s, WorkloadParameters& p) {
  constexpr std::uint32_t kMost = 10'000;
  constexpr std::uint32_t kMostParts =
      1000;  // each repeats the records of all layers, which are checked one by one
  s.choice<Activations>("activations", p.activations, kActivations,
                        "what of a layer's forward pass lives until its backward pass: keep = all that is "
                        "needed, recompute = its input, the rest is computed again, spill = its input, which "
                        "waits at the host");
  s.count<std::uint32_t>(
      "parts", p.parts, {1, kMostParts},
      "into how many parts a lane's sequences on the wafer at once are cut: they pass each layer one after "
      "the other, so that what a layer needs beside its input takes as many times less SRAM; its weights "
      "stream in, and its gradients out, once for each");
  s.choices<LayerPart>("recomputed", p.recomputed, kLayerParts,
                       "with activations recompute or spill, the operations whose results are computed "
                       "again; those of the others are kept");
  s.count<std::uint32_t>("recomputed_layers", p.recomputed_layers, {0, kMost},
                         "with activations recompute or spill, how many layers, from the first on, compute "
                         "again; the others, whose backward passes come first, keep all; 0 = every layer");
  s.count<std::uint32_t>("input_every", p.input_every, {1, kMost},
                         "with activations recompute or spill, of how many layers the input of one lives "
                         "until the backward pass; those between run forward once more from it");
  s.count<std::uint32_t>("spilled_layers", p.spilled_layers, {0, kMost},
                         "with activations spill, of how many layers, from the first on, the input waits at "
                         "the host: those that have the most time until it is needed; 0 = all but the last");
}

}  // namespace

void declare_keys(core::config::Keys& keys, WorkloadParameters& p) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  constexpr std::uint32_t kLastLayer = 9999;
  constexpr std::uint32_t kLongestEdge = 16384;
  core::config::Section s(
      keys, "workload", "Which model, which part of its training step, and how it is mapped onto the wafer.");
  s.text("model", p.model,
         "name of a model, see `waferloom list models`, or a model file (a path with a / or ending in .yaml, "
         "relative to the file that names it)");
  std::string strategies_help = "how the training step is executed:";
  std::vector<std::string> strategy_names;
  for (const Strategy& each : strategies()) {
    strategies_help +=
        fmt::format("{} {} = {}", strategy_names.empty() ? "" : ";", each.name, each.description);
    strategy_names.emplace_back(each.name);
  }
  s.text("strategy", p.strategy, strategies_help, strategy_names);
  s.text("trace", p.trace,
         "trace file to replay instead of lowering a model, relative to the file that names it; excludes "
         "workload.model");
  s.text("kernel", p.kernel,
         "kernel to run instead of a model (docs/kernels.md): the name of a ready one, or a file, relative "
         "to the file that names it; excludes "
         "workload.model and workload.trace");
  s.numbers("parameters", p.parameters, "values of the kernel's parameters, by name; others keep the file's");
  s.count<std::uint64_t>("batch", p.batch, {1, kMost}, "sequences per step");
  s.count<std::uint64_t>(
      "micro_batch", p.micro_batch, {0, kMost},
      "sequences on the wafer at once, a divisor of the batch: their gradients are "
      "accumulated by the host; 0 = the whole batch, or one sequence where layers are pipelined");
  s.count<std::uint32_t>(
      "lanes", p.lanes, {1, 64},
      "groups of columns side by side, each with all features of its share of the sequences, "
      "a divisor of those on the wafer at once: shorter chains along rows, more copies of the "
      "weights");
  s.choice<LaneCopies>(
      "lane_copies", p.lane_copies, kLaneCopies,
      "how each lane gets its weights: fabric = they enter the wafer once and pass from lane to "
      "lane, io = each lane takes its own from the host");
  s.choice<Automatic>(
      "auto", p.automatic, kAutomatic,
      "what is chosen by simulating candidates at fidelity burst: lanes up to 12, micro-batches "
      "that fit the SRAM, both, or all: these, what is done with activations and how lanes get their "
      "weights; results say "
      "what was tried");
  declare_activation_keys(s, p);
  s.count<std::uint64_t>("sequence", p.sequence, {0, kMost}, "tokens per sequence; 0 = the model's own");
  s.choice<CausalMask>("causal_mask", p.causal_mask, kCausalMasks,
                       "what is done with pairs of a query and a later key, which a decoder's mask leaves "
                       "out: computed = as much as "
                       "with all others, as in the usual counts of FLOPs; skipped = nothing, and tokens lie "
                       "on rows in turn, so that "
                       "each row has half of the pairs of each block");
  s.indices("layers", p.layers, kLastLayer,
            "transformer layers to run, from 0; all = every layer, with embedding and loss");
  s.choices<Phase>("phases", p.phases, kPhases, "phases of the training step to run");
  s.choice<Precision>("precision", p.precision, kPrecisions,
                      "of the arithmetic; mixed = FP16 operands with FP32 sums");
  s.choice<WeightFormat>(
      "weight_format", p.weight_format, kWeightFormats,
      "how weights travel: indexed = one FP16 weight with its index per wavelet (32 bits per "
      "parameter, as the vendor's white paper counts; needed for sparsity), packed = two per "
      "wavelet");
  s.quantity("sparsity", p.sparsity, core::Dimension::none, {0, 1, true},
             "share of zero weights, which are not sent");
  s.rectangle("rectangle", p.rectangle, 0, kLongestEdge,
              "The tiles that the program runs on, in tiles of the wafer; width or height 0 = all of "
              "fabric.program.");
}

}  // namespace waferloom::models
