// SPDX-License-Identifier: Apache-2.0
#include "tests/property/levers.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tests/support/random.hpp"

namespace waferloom::property {

namespace {

using test::Random;
using Values = std::string_view;

constexpr std::array<Values, 6> kQueueDepth{"1", "2", "3", "4", "8", "16"};
constexpr std::array<Values, 5> kHop{"9 cycles", "5 cycles", "3 cycles", "2 cycles", "1 cycle"};
constexpr std::array<Values, 5> kLink{"4 bit", "8 bit", "12 bit", "16 bit", "32 bit"};
constexpr std::array<Values, 4> kLinkTime{"2.5 cycles", "1.5 cycles", "1.125 cycles", "1 cycle"};
constexpr std::array<Values, 5> kRamp{"20 cycles", "9 cycles", "4 cycles", "2 cycles", "1 cycle"};
constexpr std::array<Values, 4> kCrossing{"10 cycles", "4 cycles", "1 cycle", "0 cycles"};
constexpr std::array<Values, 3> kReticle{"2", "3", "5"};
constexpr std::array<Values, 4> kClock{"425 MHz", "850 MHz", "1.3 GHz", "3 GHz"};
constexpr std::array<Values, 3> kBanks{"1", "2", "8"};
constexpr std::array<Values, 6> kRead{"1 B/cycle",  "2 B/cycle",  "4 B/cycle",
                                      "16 B/cycle", "24 B/cycle", "64 B/cycle"};
constexpr std::array<Values, 6> kWrite{"1 B/cycle", "2 B/cycle",  "4 B/cycle",
                                       "8 B/cycle", "12 B/cycle", "64 B/cycle"};
constexpr std::array<Values, 5> kMacs{"1", "2", "4", "8", "32"};
constexpr std::array<Values, 4> kDivide{"200 cycles", "50 cycles", "10 cycles", "1 cycle"};
constexpr std::array<Values, 5> kOverhead{"100 cycles", "20 cycles", "6 cycles", "1 cycle", "0 cycles"};
constexpr std::array<Values, 4> kLaunch{"100 cycles", "15 cycles", "3 cycles", "0 cycles"};
constexpr std::array<Values, 3> kKernels{"20 us", "1 us", "0 us"};
constexpr std::array<Values, 4> kInputs{"[1, 1, 1, 1, 1, 1, 1, 1]", "[2, 2, 2, 2, 2, 2, 2, 2]",
                                        "[6, 6, 4, 4, 2, 2, 2, 2]", "[8, 8, 8, 8, 8, 8, 8, 8]"};
constexpr std::array<Values, 4> kOutputs{"[1, 1, 1, 1, 1, 1]", "[2, 2, 2, 2, 2, 2]", "[2, 2, 6, 6, 2, 2]",
                                         "[8, 8, 8, 8, 8, 8]"};
constexpr std::array<Values, 5> kIo{"5 Gb/s", "20 Gb/s", "40 Gb/s", "160 Gb/s", "1 Tb/s"};
constexpr std::array<Values, 6> kChannels{"1", "2", "3", "4", "6", "12"};
constexpr std::array<Values, 4> kLatency{"3 us", "1 us", "100 ns", "0 s"};
constexpr std::array<Values, 4> kBuffer{"512 B", "2 KiB", "8 KiB", "64 KiB"};
constexpr std::array<Values, 4> kTransaction{"64 B", "256 B", "512 B", "4 KiB"};
constexpr std::array<Values, 4> kMemory{"5 Gb/s", "40 Gb/s", "160 Gb/s", "1 Tb/s"};
constexpr std::array<Values, 4> kOptimizer{"10 Mparams/s", "100 Mparams/s", "1.25 Gparams/s",
                                           "1000 Gparams/s"};
constexpr std::array<Values, 2> kHosts{"memoryx", "ideal"};
constexpr std::array<Values, 2> kEdges{"north", "south"};
constexpr std::array<Values, 5> kBatch{"1", "2", "3", "4", "6"};
constexpr std::array<Values, 4> kMicro{"0", "1", "2", "3"};
constexpr std::array<Values, 3> kLanes{"1", "2", "3"};
constexpr std::array<Values, 2> kCopies{"fabric", "io"};
constexpr std::array<Values, 3> kActivations{"keep", "recompute", "spill"};
constexpr std::array<Values, 2> kStrategies{"weight_streaming", "layer_pipelined"};
constexpr std::array<Values, 3> kPrecisions{"fp16", "mixed", "fp32"};
constexpr std::array<Values, 2> kFormats{"indexed", "packed"};
constexpr std::array<Values, 4> kSparsity{"0", "0.3", "0.5", "0.9"};
constexpr std::array<Values, 2> kLayers{"all", "[0]"};
constexpr std::array<Values, 5> kPhases{"all", "[forward]", "[forward, backward_input]",
                                        "[backward_input, backward_weight]", "[backward_weight, update]"};
constexpr std::array<Values, 4> kParts{"1", "2", "3", "4"};
constexpr std::array<Values, 5> kRecomputed{"all", "[qkv]", "[attention]", "[projection, mlp_up]",
                                            "[qkv, attention, mlp_up]"};
constexpr std::array<Values, 4> kLayersOf{"0", "1", "2", "3"};
constexpr std::array<Values, 4> kEvery{"1", "2", "3", "4"};
constexpr std::array<Values, 2> kMask{"computed", "skipped"};

constexpr bool kResource = true;
constexpr std::array kLevers{
    Lever{"fabric.queue_depth", kQueueDepth, 1, kResource},
    Lever{"fabric.hop_latency", kHop, 4, kResource},
    Lever{"fabric.link_width", kLink, 4, kResource},
    Lever{"fabric.link_time", kLinkTime, 3, kResource},
    Lever{"fabric.ramp_latency", kRamp, 3, kResource},
    Lever{"fabric.reticle_crossing", kCrossing, 3, kResource},
    Lever{"fabric.reticle_width", kReticle, 2},
    Lever{"fabric.reticle_height", kReticle, 2},
    Lever{"pe.clock", kClock, 1, kResource},
    Lever{"pe.sram_banks", kBanks, 2, kResource},
    Lever{"pe.sram_read", kRead, 3, kResource},
    Lever{"pe.sram_write", kWrite, 3, kResource},
    Lever{"pe.fp16_macs_per_cycle", kMacs, 2, kResource},
    Lever{"pe.mixed_macs_per_cycle", kMacs, 2, kResource},
    Lever{"pe.fp32_macs_per_cycle", kMacs, 0, kResource},
    Lever{"pe.divide", kDivide, 1, kResource},
    Lever{"pe.vector_overhead", kOverhead, 2, kResource},
    Lever{"pe.task_launch", kLaunch, 3, kResource},
    Lever{"pe.kernel_load", kKernels, 2, kResource},
    Lever{"pe.input_queues", kInputs, 2, kResource},
    Lever{"pe.output_queues", kOutputs, 2, kResource},
    Lever{"io.bandwidth", kIo, 2, kResource},
    Lever{"io.channels", kChannels, 1},
    Lever{"io.latency", kLatency, 2, kResource},
    Lever{"io.buffer", kBuffer, 3, kResource},
    Lever{"io.transaction", kTransaction, 2},
    Lever{"io.host", kHosts, 0},
    Lever{"io.output_edge", kEdges, 1},
    Lever{"memoryx.bandwidth", kMemory, 1, kResource},
    Lever{"memoryx.latency", kLatency, 2, kResource},
    Lever{"memoryx.optimizer_rate", kOptimizer, 2, kResource},
    Lever{"workload.batch", kBatch, 0},
    Lever{"workload.micro_batch", kMicro, 0},
    Lever{"workload.lanes", kLanes, 0},
    Lever{"workload.lane_copies", kCopies, 0},
    Lever{"workload.activations", kActivations, 0},
    Lever{"workload.strategy", kStrategies, 0},
    Lever{"workload.precision", kPrecisions, 1},
    Lever{"workload.weight_format", kFormats, 0},
    Lever{"workload.sparsity", kSparsity, 0},
    Lever{"workload.layers", kLayers, 0},
    Lever{"workload.phases", kPhases, 0},
    Lever{"workload.parts", kParts, 0},
    Lever{"workload.recomputed", kRecomputed, 0},
    Lever{"workload.recomputed_layers", kLayersOf, 0},
    Lever{"workload.input_every", kEvery, 0},
    Lever{"workload.spilled_layers", kLayersOf, 0},
    Lever{"workload.causal_mask", kMask, 0},
};

void draw_model(Random& random, Case& made) {
  const auto put = [&](const char* key, const std::string& value) { made.model.push_back({key, value}); };
  const auto flag = [&](const char* key, std::uint32_t percent, const char* value) {
    if (random.chance(percent)) put(key, value);
  };
  constexpr std::array<std::uint32_t, 6> kHeadSizes{2, 4, 4, 6, 8, 8};
  const std::uint32_t heads = random.between(1, 4);
  const std::uint32_t head_size = random.one_of(kHeadSizes);
  put("layers", std::to_string(random.between(1, 2)));
  put("hidden", std::to_string(heads * head_size));
  put("heads", std::to_string(heads));
  put("ffn", std::to_string(random.between(4, 64)));
  put("vocabulary", std::to_string(random.between(4, 64)));
  put("sequence", std::to_string(random.between(2, 16)));
  flag("tied_embeddings", 25, "false");
  if (random.chance(25)) {
    put("position", "rotary");
    put("rotary_dimensions", std::to_string(2 * random.between(1, head_size / 2)));
  } else {
    flag("position", 15, "none");
  }
  if (random.chance(20)) {
    put("block", "parallel");
    flag("norms_per_layer", 50, "1");
  }
  flag("norm", 20, "rmsnorm");
  flag("final_norm", 10, "false");
  flag("attention_bias", 20, "false");
  flag("mlp_bias", 20, "false");
  flag("head_bias", 10, "true");
  flag("gated_mlp", 20, "true");
  flag("causal", 15, "false");
  flag("segment_types", 10, "2");
  flag("embedding_norm", 10, "true");
  flag("pooler", 10, "true");
}

/// More layers, and heads of keys and values that are shared.
void draw_depth(Random& random, Case& made) {
  const auto value = [&](const char* key) -> std::string& {
    return std::find_if(made.model.begin(), made.model.end(),
                        [&](const Setting& each) { return each.key == key; })
        ->value;
  };
  if (random.chance(30)) value("layers") = std::to_string(random.between(3, 5));
  const auto heads = static_cast<std::uint32_t>(std::stoul(value("heads")));
  if (heads > 1 && random.chance(15)) {
    made.model.push_back(
        {"key_value_heads", heads % 2 == 0 && random.chance(50) ? std::to_string(heads / 2) : "1"});
  }
}

void draw_mesh(Random& random, Case& made) {
  const auto edge = [&] { return random.chance(70) ? random.between(1, 8) : random.between(1, 16); };
  made.program = {random.chance(20) ? random.between(1, 3) : 0, 1, edge(), edge()};
  made.right = random.chance(20) ? random.between(1, 3) : 0;
  if (random.chance(20)) {
    const std::uint32_t x = random.between(0, made.program.width - 1);
    const std::uint32_t y = random.between(0, made.program.height - 1);
    made.rectangle = {made.program.x + x, made.program.y + y, random.between(1, made.program.width - x),
                      random.between(1, made.program.height - y)};
  }
}

std::uint32_t number_in(const Case& of, std::string_view key) {
  return static_cast<std::uint32_t>(std::stoul(*of.value(key)));
}

std::string& model_value(Case& of, std::string_view key) {
  return std::find_if(of.model.begin(), of.model.end(), [&](const Setting& each) { return each.key == key; })
      ->value;
}

/// The largest divisor of `of` up to `most`.
std::uint32_t divisor(std::uint32_t of, std::uint32_t most) {
  std::uint32_t found = std::min(of, most);
  while (of % found != 0) --found;
  return found;
}

/// What is done with activations.
void mend_activations(Case& made, bool pipelined, std::uint32_t of_a_lane) {
  const auto at_most = [&](const char* key, std::uint32_t most) {
    made.set(key, std::to_string(std::min(number_in(made, key), most)));
  };
  const std::string activations = *made.value("workload.activations");
  const auto layers = static_cast<std::uint32_t>(std::stoul(model_value(made, "layers")));
  at_most("workload.parts", pipelined ? 1 : of_a_lane);
  if (activations == "keep") made.set("workload.recomputed", "all");
  at_most("workload.recomputed_layers", pipelined || activations == "keep" ? 0 : layers);
  at_most("workload.input_every", pipelined || activations == "keep" ? 1 : layers);
  at_most("workload.spilled_layers", pipelined || activations != "spill" ? 0 : layers - 1);
  if (*made.value("workload.sparsity") != "0") made.set("workload.weight_format", "indexed");
  const auto& model = made.model;
  const bool encoder = std::any_of(model.begin(), model.end(), [](const Setting& each) {
    return each.key == "causal" && each.value == "false";
  });
  if (encoder) made.set("workload.causal_mask", "computed");
}

/// Most cases would be refused without this: what depends on other values is brought within their reach.
void mend(Case& made) {
  const auto put = [&](const char* key, std::uint32_t value) { made.set(key, std::to_string(value)); };
  const bool pipelined = *made.value("workload.strategy") == "layer_pipelined";
  const std::uint32_t batch = number_in(made, "workload.batch");
  std::uint32_t at_once = number_in(made, "workload.micro_batch");
  if (at_once != 0) at_once = divisor(batch, at_once);
  put("workload.micro_batch", at_once);
  if (at_once == 0) at_once = pipelined ? 1 : batch;
  put("workload.lanes", pipelined ? 1 : divisor(at_once, number_in(made, "workload.lanes")));
  if (pipelined) {
    made.set("workload.layers", "all");
    if (made.value("workload.phases")->find("forward") == std::string::npos)
      made.set("workload.phases", "all");
    const auto stages = static_cast<std::uint32_t>(2 + std::stoul(model_value(made, "layers")));
    made.program.width = std::max(made.program.width, stages);
    made.rectangle = {};
  }
  const std::uint32_t rows = made.rectangle.width != 0 ? made.rectangle.height : made.program.height;
  std::string& sequence = model_value(made, "sequence");
  const auto tokens = static_cast<std::uint32_t>(std::stoul(sequence));
  const std::uint32_t of_a_lane = at_once / number_in(made, "workload.lanes");
  mend_activations(made, pipelined, of_a_lane);
  sequence = std::to_string(std::max(tokens, (rows + of_a_lane - 1) / of_a_lane));
  const std::uint32_t edge = made.program.x + made.program.width + made.right;
  put("io.channels", std::min(number_in(made, "io.channels"), edge));
  if (*made.value("io.buffer") == "512 B" && *made.value("io.transaction") == "4 KiB") {
    made.set("io.transaction", "512 B");
  }
  if (*made.value("io.buffer") == "2 KiB" && *made.value("io.transaction") == "4 KiB") {
    made.set("io.transaction", "256 B");
  }
}

}  // namespace

std::span<const Lever> levers() { return kLevers; }

std::size_t position(const Lever& lever, const Case& of) {
  const std::string* value = of.value(lever.key);
  if (value == nullptr) return lever.usual;
  return static_cast<std::size_t>(std::find(lever.values.begin(), lever.values.end(), *value) -
                                  lever.values.begin());
}

Case make_case(std::uint64_t number) {
  constexpr std::array<std::uint32_t, 4> kTurned{4, 12, 25, 50};  // percent of the levers, by case
  Random random(number);
  Case made;
  draw_model(random, made);
  draw_mesh(random, made);
  const std::uint32_t percent = random.one_of(kTurned);
  for (const Lever& lever : kLevers) {
    const std::size_t at = random.chance(percent)
                               ? random.between(0, static_cast<std::uint32_t>(lever.values.size()) - 1)
                               : lever.usual;
    made.settings.push_back({std::string(lever.key), std::string(lever.values[at])});
  }
  draw_depth(random, made);
  if (random.chance(10)) {  // no row lies between the program and the north edge
    made.program.y = 0;
    if (made.rectangle.width != 0) --made.rectangle.y;
  }
  mend(made);
  return made;
}

}  // namespace waferloom::property
