// SPDX-License-Identifier: Apache-2.0
// Sources of the figures are those of fabric/parameters.hpp. Ranges are what the simulator can hold, and wide
// enough for what-if studies.
#include "fabric/keys.hpp"

#include <array>

#include "fabric/router_registry.hpp"
#include "noc/flit.hpp"
#include "noc/traffic_pattern.hpp"
#include "noc/xy_router_array.hpp"

namespace waferloom::fabric {

namespace {

using core::Dimension;
using core::config::Keys;
using core::config::Named;
using core::config::Section;

constexpr std::uint32_t kLongestEdge = 16384;
constexpr std::uint32_t kLongestLatency = 10000;

constexpr std::array kEdges{Named<Edge>{"north", Edge::north}, Named<Edge>{"south", Edge::south},
                            Named<Edge>{"west", Edge::west}, Named<Edge>{"east", Edge::east}};

std::vector<std::string> router_names() {
  std::vector<std::string> names;
  for (const RouterModel& model : router_models()) names.emplace_back(model.name);
  return names;
}

std::vector<std::string> pattern_names() {
  std::vector<std::string> names;
  for (const TrafficPattern& pattern : traffic_patterns()) names.emplace_back(pattern.name);
  return names;
}

void declare_keys(Keys& keys, XyParameters& p) {
  constexpr std::uint32_t kLongestStage = 100;
  Section s(keys, "fabric.xy", "The router model `xy`; only with `fabric.router: xy`.");
  s.count<std::uint32_t>("virtual_channels", p.virtual_channels, {1, kMostVirtualChannels}, "per input");
  s.count<std::uint32_t>("buffer_flits", p.buffer_flits, {1, kMostBufferFlits}, "per virtual channel");
  s.flag("speculative", p.speculative,
         "whether a head asks for the switch in the same cycle as for a virtual channel");
  const auto stage = [&](std::string_view name, std::uint32_t& cycles, std::uint32_t least,
                         std::string_view help) {
    s.amount<std::uint32_t>(name, cycles, Dimension::cycles, {least, kLongestStage}, help);
  };
  stage("routing", p.routing_cycles, 0, "routing of a head; 0 = lookahead, done at the router before");
  stage("vc_allocation", p.vc_allocation_cycles, 1, "allocation of a virtual channel");
  stage("switch_allocation", p.switch_allocation_cycles, 1, "allocation of the switch, for each flit");
  stage("switch_traversal", p.switch_traversal_cycles, 0, "from the switch's input to the link");
  stage("credit", p.credit_cycles, 0, "processing of a credit that has come over its link");
  stage("terminal_latency", p.terminal_latency_cycles, 0, "link between a router and its node, each way");
}

}  // namespace

void declare_keys(Keys& keys, FabricParameters& p) {
  Section s(keys, "fabric", "The mesh of tiles, its routers and links.");
  s.count<std::uint32_t>("width", p.width, {1, kLongestEdge}, "columns of tiles; WSE-2: 757 [D]");
  s.count<std::uint32_t>("height", p.height, {1, kLongestEdge}, "rows of tiles; WSE-2: 996 [D]");
  s.rectangle(
      "program", p.program, 1, kLongestEdge,
      "The tiles that a program may use; the rest serves the I/O at the edges. WSE-2: 750 x 994 [D], at "
      "(4, 1) [I].");
  s.text("router", p.router, "router model, see `waferloom list routers`", router_names());
  s.count<std::uint32_t>("colors", p.colors, {1, 32}, "routable colors; WSE-2: 24 [D]");
  s.count<std::uint32_t>(
      "queue_depth", p.queue_depth, {1, 1024},
      "wavelets that a router holds per color and input; 2 [P], the product's value is not "
      "published");
  s.amount<std::uint32_t>("hop_latency", p.hop_latency_cycles, Dimension::cycles, {1, kLongestLatency},
                          "from router to router; WSE-2: 1 [M], WSE-3: 2 [M]");
  s.amount<std::uint32_t>("link_width", p.link_width_bits, Dimension::bits, {1, core::kWaveletBits},
                          "of a wavelet's 32 bits, those that a link between routers (and to an I/O channel) "
                          "carries per cycle, in each "
                          "direction; the ramp to the PE carries all; WSE-2: 32 [D]");
  s.amount<std::uint32_t>("ramp_latency", p.ramp_latency_cycles, Dimension::cycles, {1, kLongestLatency},
                          "from router to PE and from PE to router, each; WSE-2: 2 [M]");
  s.count<std::uint32_t>("reticle_width", p.reticle_width, {1, kLongestEdge},
                         "columns of a reticle (die); 756 = 7 x 108 [I, weak]");
  s.count<std::uint32_t>("reticle_height", p.reticle_height, {1, kLongestEdge},
                         "rows of a reticle (die); 996 = 12 x 83 [I, weak]");
  s.amount<std::uint32_t>("reticle_crossing", p.reticle_crossing_cycles, Dimension::cycles,
                          {0, kLongestLatency}, "extra latency of a hop between reticles; none is published");
  declare_keys(keys, p.xy);
}

void declare_keys(Keys& keys, TrafficParameters& p) {
  constexpr std::uint64_t kMostCycles = 1'000'000'000;
  Section s(keys, "traffic",
            "Synthetic traffic, instead of a workload; only for routers that carry packets, such as `xy`.");
  s.text("pattern", p.pattern, "where packets go", pattern_names());
  s.text("table", p.table,
         "for the pattern table: file of lines `source destination rate`, nodes numbered row by row from 0, "
         "rates in flits per cycle; relative to the file that names it");
  s.quantity("load", p.load, Dimension::none, {0, 1},
             "flits that each node generates per cycle; of a table, the factor of its rates");
  s.count<std::uint32_t>("packet_flits", p.packet_flits, {1, 65535}, "flits of a packet");
  s.count<std::uint32_t>("hotspot_x", p.hotspot_x, {0, kLongestEdge - 1},
                         "for the pattern hotspot: its column");
  s.count<std::uint32_t>("hotspot_y", p.hotspot_y, {0, kLongestEdge - 1}, "for the pattern hotspot: its row");
  s.quantity("hotspot_share", p.hotspot_share, Dimension::none, {0, 1},
             "for the pattern hotspot: share of the packets that go there; the others are uniform");
  const auto cycles = [&](std::string_view name, std::uint64_t& value, std::uint64_t least,
                          std::string_view help) {
    s.amount<std::uint64_t>(name, value, Dimension::cycles, {least, kMostCycles}, help);
  };
  cycles("warmup", p.warmup_cycles, 0, "before the measurement");
  cycles("sample", p.sample_cycles, 1, "of one sample");
  s.count<std::uint32_t>("samples", p.samples, {1, 10000}, "samples, one after the other, that are measured");
  cycles("drain", p.drain_cycles, 0,
         "most that measured packets may take after the last sample; the run is unstable beyond it");
  s.flag("find_saturation", p.find_saturation,
         "whether to search the highest load that is stable, instead of running traffic.load");
  s.quantity("tolerance", p.tolerance, Dimension::none, {0.0001, 1}, "of the saturation found, in load");
}

void declare_keys(Keys& keys, IoParameters& p) {
  Section s(keys, "io", "The channels between the wafer's edges and the host.");
  s.quantity("bandwidth", p.bandwidth_bits_per_s, Dimension::bandwidth, {1e6, 1e18},
             "of the whole wafer, in each direction, shared evenly by the channels; CS-2: 12 x 100 GbE [D]");
  s.count<std::uint32_t>("channels", p.channels, {1, kLongestEdge},
                         "channels per edge in use, evenly spaced; WSE-2: 60 [D], WSE-3: 62 [D]");
  s.choice<Edge>("input_edge", p.input_edge, kEdges,
                 "where streams enter; assumed: weights enter at the columns' heads");
  s.choice<Edge>("output_edge", p.output_edge, kEdges,
                 "where streams leave; assumed: gradients leave at the columns' feet");
  s.quantity("latency", p.latency_s, Dimension::time, {0, 1},
             "between host link and edge tile, each way; assumed: one Ethernet switch");
  s.amount<std::uint32_t>("buffer", p.buffer_bytes, Dimension::bytes, {64, 1U << 30U},
                          "per channel and direction; assumed");
  s.amount<std::uint32_t>("transaction", p.transaction_bytes, Dimension::bytes, {4, 1U << 30U},
                          "largest single request to the host; assumed");
}

void declare_keys(Keys& keys, MemoryXParameters& p) {
  Section s(keys, "memoryx",
            "The default host behind the I/O channels: it holds the weights and runs the optimizer.");
  s.quantity("bandwidth", p.bandwidth_bits_per_s, Dimension::bandwidth, {1e6, 1e18},
             "of its memory, in each direction; assumed to match the CS-2's I/O [D]");
  s.quantity("latency", p.latency_s, Dimension::time, {0, 1},
             "from request to first byte; none is published, assumed");
  s.quantity("optimizer_rate", p.optimizer_parameters_per_s, Dimension::parameter_rate, {1, 1e18},
             "parameters that the optimizer (AdamW) updates; none is published, assumed to match the I/O");
}

}  // namespace waferloom::fabric
