// SPDX-License-Identifier: Apache-2.0
// Each case runs one trace twice: expected is the time at fidelity `wavelet`, simulated that at `burst` with its
// default grid and blocks. Steps and layers come from the strategy, primitives from records written here.
#include "validation/fidelity_suite.hpp"

#include <fmt/format.h>

#include <atomic>
#include <string>

#include "wafer/burst/fold.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom::validation {

using trace::Axis;
using trace::Kind;
using trace::Record;
using trace::Root;

namespace {

constexpr const char* kReference = "fidelity wavelet";

double wavelet_cycles(const wafer::SimulationInput& input) {
  const std::atomic<bool> stop = false;
  return static_cast<double>(wafer::simulate(input, stop, nullptr).cycles);
}

double burst_cycles(const wafer::SimulationInput& input) {
  burst::Simulator simulator("wafer");
  const std::atomic<bool> stop = false;
  return static_cast<double>(simulator.run(input, {}, stop, nullptr).result.cycles);
}

/// A scenario's trace at one fidelity.
double scenario_cycles(const std::vector<std::string>& overrides,
                       double (*cycles)(const wafer::SimulationInput&)) {
  const wafer::Scenario scenario = wafer::load_scenario(wafer::find_scenario("smoke"), overrides);
  const wafer::LoadedTrace loaded = wafer::load_trace(scenario);
  core::Rectangle program = wafer::program_rectangle(scenario);
  program.width = loaded.header.columns;
  program.height = loaded.header.rows;
  return cycles(
      {scenario.hardware, {scenario.memoryx, scenario.host}, scenario.simulation, program, loaded.records});
}

Case step(const std::string& name, const std::vector<std::string>& overrides) {
  return {name,
          0,
          "cycle",
          kReference,
          [=] { return scenario_cycles(overrides, &burst_cycles); },
          [=] { return scenario_cycles(overrides, &wavelet_cycles); }};
}

/// Writes records on a square of tiles.
class Primitives {
 public:
  Primitives(std::uint32_t size, std::uint32_t blocks) : size_(size), blocks_(blocks) {}

  /// A channel for each column, as fast as a link, and links of so many bits: what streams in meets no
  /// narrower place on its way than links.
  void narrow_links(std::uint32_t bits) { link_bits_ = bits; }

  Record& add(Kind kind, const std::string& name) {
    Record& record = records_.emplace_back();
    record.id = static_cast<std::uint32_t>(records_.size() - 1);
    record.name = name;
    record.operation = name;
    record.kind = kind;
    record.area = {0, 0, size_, size_};
    record.blocks = blocks_;
    return record;
  }
  /// `wavelets` per block and line.
  void chain(Kind kind, Axis axis, Root root, std::uint64_t wavelets) {
    Record& record = add(kind, fmt::format("chain{}", records_.size()));
    record.axis = axis;
    record.root = root;
    record.colors =
        axis == Axis::x ? std::vector<std::uint8_t>{8, 9, 10, 11} : std::vector<std::uint8_t>{12, 13, 14, 15};
    record.elements = {wavelets, 0, 0, 0};
  }
  void weights(std::uint64_t words, std::uint64_t macs_per_word) {
    Record& stream = add(Kind::stream_in, "weights");
    stream.colors = {0, 1, 2, 3, 4, 5, 6, 7};
    stream.elements = {words, 0, 0, 0};
    const std::uint32_t id = stream.id;
    Record& take = add(Kind::compute, "axpy");
    take.consumes = id;
    take.macs = {words * macs_per_word, 0, 0, 0};
  }
  void results(std::uint64_t wavelets) {
    chain(Kind::reduce, Axis::y, Root::last, wavelets);
    Record& sums = records_.back();
    sums.drains_to = sums.id + 1;
    Record& out = add(Kind::stream_out, "results");
    out.colors = {0, 1, 2, 3, 4, 5, 6, 7};
    out.elements = {wavelets, 0, 0, 0};
  }

  [[nodiscard]] double run(double (*cycles)(const wafer::SimulationInput&)) const {
    wafer::Hardware hardware;
    hardware.fabric.width = size_ + 2;
    hardware.fabric.height = size_ + 2;
    hardware.fabric.program = {1, 1, size_, size_};
    hardware.fabric.reticle_width = hardware.fabric.width;
    hardware.fabric.reticle_height = hardware.fabric.height;
    hardware.io.channels = (size_ + 7) / 8 + 1;
    constexpr double kChannelBitsPerS = 20e9;
    hardware.io.bandwidth_bits_per_s = kChannelBitsPerS * hardware.io.channels;
    fabric::MemoryXParameters memoryx;
    if (link_bits_ != 0) {
      hardware.fabric.link_width_bits = link_bits_;
      hardware.io.channels = hardware.fabric.width;
      hardware.io.bandwidth_bits_per_s = core::kWaveletBits * hardware.pe.clock_hz * hardware.io.channels;
      memoryx.bandwidth_bits_per_s = hardware.io.bandwidth_bits_per_s;
    }
    return cycles({hardware, {memoryx}, {}, hardware.fabric.program, records_});
  }

 private:
  std::uint32_t size_;
  std::uint32_t blocks_;
  std::uint32_t link_bits_ = 0;  ///< 0: as wide as a wavelet, and few channels
  std::vector<Record> records_;
};

Case primitive(const std::string& name, const Primitives& primitives) {
  return {name,
          0,
          "cycle",
          kReference,
          [=] { return primitives.run(&burst_cycles); },
          [=] { return primitives.run(&wavelet_cycles); }};
}

void add_primitives(std::vector<Case>& cases, std::uint32_t size, std::uint32_t blocks,
                    std::uint64_t wavelets) {
  const auto add = [&](const char* name, const std::function<void(Primitives&)>& write) {
    Primitives primitives(size, blocks);
    write(primitives);
    cases.push_back(
        primitive(fmt::format("{}, {} x {}, {} x {}", name, size, size, blocks, wavelets), primitives));
  };
  using P = Primitives;
  add("reduce to the first", [=](P& p) { p.chain(Kind::reduce, Axis::x, Root::first, wavelets); });
  add("reduce to rotating roots", [=](P& p) { p.chain(Kind::reduce, Axis::x, Root::rotating, wavelets); });
  add("broadcast", [=](P& p) { p.chain(Kind::broadcast, Axis::x, Root::first, wavelets); });
  add("all-gather", [=](P& p) { p.chain(Kind::all_gather, Axis::y, Root::first, wavelets); });
  add("weights in", [=](P& p) { p.weights(wavelets, 16); });
  add("results out", [=](P& p) { p.results(wavelets); });
  add("rows and columns at once", [=](P& p) {
    p.chain(Kind::reduce, Axis::x, Root::rotating, wavelets);
    p.chain(Kind::all_gather, Axis::y, Root::first, wavelets);
  });
  add("all of these at once", [=](P& p) {
    p.chain(Kind::reduce, Axis::x, Root::rotating, wavelets);
    p.weights(wavelets, 16);
    p.results(wavelets);
  });
}

/// Links as the narrower place: weights, of little work each, and chains with them and against them.
void add_narrow_links(std::vector<Case>& cases, std::uint32_t size, std::uint32_t blocks,
                      std::uint64_t wavelets) {
  using P = Primitives;
  for (const std::uint32_t bits : {32U, 16U, 8U}) {
    const auto add_narrow = [&](const char* name, const std::function<void(Primitives&)>& write) {
      Primitives primitives(size, blocks);
      primitives.narrow_links(bits);
      write(primitives);
      cases.push_back(primitive(
          fmt::format("{}, links of {} bits, {} x {}, {} x {}", name, bits, size, size, blocks, wavelets),
          primitives));
    };
    add_narrow("weights in", [=](P& p) { p.weights(wavelets, 1); });
    add_narrow("weights and a reduce south", [=](P& p) {
      p.weights(wavelets, 1);
      p.chain(Kind::reduce, Axis::y, Root::last, wavelets);
    });
    add_narrow("weights and an all-gather", [=](P& p) {
      p.weights(wavelets, 1);
      p.chain(Kind::all_gather, Axis::y, Root::first, wavelets);
    });
    add_narrow("weights and a reduce north", [=](P& p) {
      p.weights(wavelets, 1);
      p.chain(Kind::reduce, Axis::y, Root::first, wavelets);
    });
  }
}

}  // namespace

std::vector<Case> fidelity_cases() {
  std::vector<Case> cases;
  add_primitives(cases, 8, 16, 64);
  add_primitives(cases, 16, 64, 100);
  add_narrow_links(cases, 8, 16, 64);
  add_narrow_links(cases, 16, 64, 100);
  const std::string mesh16 = "hardware=mesh16";
  const std::string wide = "workload.model=gpt2-small";
  cases.push_back(step("tiny, 8 x 8, batch 1", {}));
  cases.push_back(step("tiny, 8 x 8, batch 8", {"workload.batch=8"}));
  cases.push_back(step("tiny, 8 x 8, recomputed", {"workload.activations=recompute", "workload.batch=2"}));
  cases.push_back(step("tiny, 8 x 8, spilled", {"workload.activations=spill", "workload.batch=2"}));
  cases.push_back(step("tiny, 8 x 8, 2 micro-batches", {"workload.batch=4", "workload.micro_batch=2"}));
  cases.push_back(step("tiny, 8 x 8, half of the weights zero", {"workload.sparsity=0.5"}));
  cases.push_back(step("tiny, 16 x 16, batch 4", {mesh16, "workload.batch=4"}));
  cases.push_back(step("tiny, 16 x 16, batch 16", {mesh16, "workload.batch=16"}));
  cases.push_back(
      step("tiny, 16 x 16, links of 8 bits", {mesh16, "workload.batch=4", "fabric.link_width=8 bit"}));
  const std::string pipelined = "workload.strategy=layer_pipelined";
  cases.push_back(
      step("tiny, 16 x 16, layers pipelined in 2 bands, batch 4", {mesh16, pipelined, "workload.batch=4"}));
  cases.push_back(step("tiny, 16 x 16, layers pipelined in 2 bands, batch 12 in 6",
                       {mesh16, pipelined, "workload.batch=12", "workload.micro_batch=2"}));
  cases.push_back(step("tiny, 24 x 24, layers pipelined in 1 band, batch 4 in 2",
                       {"hardware=mesh64", "workload.rectangle={x: 1, y: 1, width: 24, height: 24}",
                        pipelined, "workload.batch=4", "workload.micro_batch=2"}));
  // Where lanes take copies from the host, as many channels as lanes: one that serves two is shared evenly here, in
  // turn at fidelity wavelet.
  const std::string channels = "io.channels=4";
  const std::string io = "workload.lane_copies=io";
  cases.push_back(step("tiny, 16 x 16, 2 lanes", {mesh16, channels, "workload.batch=4", "workload.lanes=2"}));
  cases.push_back(step("tiny, 16 x 16, 4 lanes", {mesh16, channels, "workload.batch=4", "workload.lanes=4"}));
  cases.push_back(
      step("tiny, 16 x 16, 4 lanes, 2 micro-batches",
           {mesh16, channels, "workload.batch=16", "workload.micro_batch=8", "workload.lanes=4"}));
  cases.push_back(
      step("tiny, 16 x 16, 3 lanes, spilled", {mesh16, "workload.batch=6", "workload.micro_batch=3",
                                               "workload.lanes=3", "workload.activations=spill"}));
  cases.push_back(
      step("tiny, 16 x 16, 3 lanes, small I/O buffers",
           {mesh16, "workload.batch=3", "workload.lanes=3", "io={transaction: 256 B, buffer: 2 KiB}"}));
  const std::string square = "workload.rectangle={x: 0, y: 1, width: 4, height: 4}";
  const std::string fast_host = "memoryx.bandwidth=1 Tb/s";
  cases.push_back(step("tiny, 4 x 4, batch 4, blocks larger than the I/O buffer",
                       {square, fast_host, "workload.batch=4",
                        "io={bandwidth: 160 Gb/s, channels: 8, transaction: 256 B, buffer: 512 B}"}));
  cases.push_back(step("tiny, 4 x 4, batch 4, blocks larger than the I/O buffer that columns share",
                       {square, fast_host, "workload.batch=4",
                        "io={bandwidth: 160 Gb/s, channels: 2, transaction: 256 B, buffer: 2 KiB}"}));
  const std::string slow_host = "memoryx.bandwidth=5 Gb/s";
  cases.push_back(step("tiny, 8 x 8, 4 channels of a slow host", {slow_host, "io.channels=4"}));
  cases.push_back(step("tiny, 16 x 16, 16 channels of a slow host", {mesh16, slow_host, "io.channels=16"}));
  cases.push_back(step("tiny, 16 x 16, 2 lanes, links of 8 bits",
                       {mesh16, "workload.batch=4", "workload.lanes=2", "fabric.link_width=8 bit"}));
  cases.push_back(step("tiny, 16 x 16, 2 lanes, copies through I/O",
                       {mesh16, channels, io, "workload.batch=4", "workload.lanes=2"}));
  cases.push_back(step("tiny, 16 x 16, 4 lanes, copies through I/O",
                       {mesh16, channels, io, "workload.batch=4", "workload.lanes=4"}));
  cases.push_back(
      step("tiny, 8 x 8, batch 4, 2 lanes", {"io.channels=2", "workload.batch=4", "workload.lanes=2"}));
  cases.push_back(
      step("tiny, 16 x 16, batch 16, 4 lanes, forward",
           {mesh16, channels, "workload.batch=16", "workload.lanes=4", "workload.phases=forward"}));
  cases.push_back(
      step("GPT-2 small, layer 0 forward, 16 x 16, 16 tokens",
           {mesh16, wide, "workload.layers=0", "workload.sequence=16", "workload.phases=forward"}));
  return cases;
}

std::vector<Case> large_fidelity_cases() {
  std::vector<Case> cases;
  add_primitives(cases, 32, 128, 200);
  add_narrow_links(cases, 32, 128, 200);
  add_primitives(cases, 64, 256, 200);
  const std::string wide = "workload.model=gpt2-small";
  const std::string mesh64 = "hardware=mesh64";
  cases.push_back(step("GPT-2 small, layer 0, 16 x 16, 128 tokens",
                       {"hardware=mesh16", wide, "workload.layers=0", "workload.sequence=128"}));
  cases.push_back(step("tiny, 64 x 64, batch 32", {mesh64, "workload.batch=32"}));
  cases.push_back(step("tiny, 64 x 64, batch 128", {mesh64, "workload.batch=128"}));
  cases.push_back(step("GPT-2 small, layer 0, 64 x 64, 512 tokens",
                       {mesh64, wide, "workload.layers=0", "workload.sequence=512"}));
  cases.push_back(
      step("tiny, 64 x 64, batch 128, 4 lanes", {mesh64, "workload.batch=128", "workload.lanes=4"}));
  cases.push_back(step(
      "GPT-2 small, layer 0, 64 x 64, 2 of 256 tokens, 2 lanes",
      {mesh64, wide, "workload.layers=0", "workload.sequence=256", "workload.batch=2", "workload.lanes=2"}));
  cases.push_back(step("GPT-3 XL, layer 0 forward, 64 x 64, 256 tokens",
                       {mesh64, "workload.model=gpt3-xl", "workload.layers=0", "workload.sequence=256",
                        "workload.phases=forward"}));
  return cases;
}

std::vector<Case> wide_fidelity_cases() {
  const std::string wse2 = "hardware=wse2";
  const std::string no_load = "pe.kernel_load=0 s";
  const std::string layer = "workload.layers=0";
  const std::string tokens = "workload.sequence=32";
  // A quarter of the width with a quarter of the channels.
  const std::string quarter_fabric =
      "fabric={width: 190, height: 12, program: {x: 1, y: 1, width: 188, height: 8}, reticle_width: 190, "
      "reticle_height: 12}";
  std::vector<Case> cases;
  cases.push_back(
      step("GPT-2 small, layer 0 forward, 188 x 8, 32 tokens, 15 channels",
           {wse2, no_load, layer, tokens, "workload.model=gpt2-small", "workload.phases=forward",
            quarter_fabric, "io={bandwidth: 300 Gb/s, channels: 15}", "memoryx.bandwidth=300 Gb/s"}));
  // Without the 980 rows below, which gradients only cross: ten times the hops, the same cycles at burst.
  const std::string eight_rows =
      "fabric={width: 757, height: 12, program: {x: 4, y: 1, width: 750, height: 8}, reticle_width: 757, "
      "reticle_height: 12}";
  cases.push_back(step("GPT-3 XL, layer 0, 750 x 8, 32 tokens, 60 channels",
                       {wse2, no_load, layer, tokens, "workload.model=gpt3-xl",
                        "workload.rectangle={x: 4, y: 1, width: 750, height: 8}", eight_rows}));
  // As many tokens for each row as whole wafers have at large batches, where sums along rows set the pace.
  const std::string two_rows =
      "fabric={width: 757, height: 6, program: {x: 4, y: 1, width: 750, height: 2}, reticle_width: 757, "
      "reticle_height: 6}";
  cases.push_back(step("GPT-3 XL, layer 0 forward, 750 x 2, 249 tokens a row, 60 channels",
                       {wse2, no_load, layer, "workload.model=gpt3-xl", "workload.phases=forward",
                        "workload.batch=2", "workload.sequence=249", two_rows}));
  const auto square = [&](const std::string& model, std::uint32_t size, std::uint32_t sequence, bool whole) {
    const std::string phases = whole ? "" : " forward";
    std::vector<std::string> settings{
        wse2,
        layer,
        "workload.model=" + model,
        "workload.weight_format=packed",
        fmt::format("workload.sequence={}", sequence),
        fmt::format("io.channels={}", size / 8),
        fmt::format("fabric={{width: {0}, height: {0}, program: {{x: 1, y: 1, width: {1}, height: {1}}}}}",
                    size + 2, size)};
    if (!whole) settings.emplace_back("workload.phases=forward");
    return step(fmt::format("{0}, layer 0{4}, {1} x {1}, {2} tokens, {3} channels", model, size, sequence,
                            size / 8, phases),
                settings);
  };
  cases.push_back(square("gpt2-small", 128, 256, true));
  cases.push_back(square("gpt2-small", 256, 256, false));
  cases.push_back(square("gpt3-xl", 128, 1024, false));
  cases.push_back(square("gpt3-xl", 256, 256, false));
  return cases;
}

}  // namespace waferloom::validation
