// SPDX-License-Identifier: Apache-2.0
// Sources of the figures are those of fabric/parameters.hpp. Ranges are what the simulator can hold, and wide
// enough for what-if studies.
#include "fabric/keys.hpp"

#include <array>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "fabric/host_registry.hpp"
#include "fabric/limits.hpp"

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

}  // namespace

void declare_keys(Keys& keys, FabricParameters& p, const std::vector<std::string>& routers) {
  Section s(keys, "fabric", "The mesh of tiles, its routers and links.");
  s.count<std::uint32_t>("width", p.width, {1, kLongestEdge}, "columns of tiles; WSE-2: 757 [D]");
  s.count<std::uint32_t>("height", p.height, {1, kLongestEdge}, "rows of tiles; WSE-2: 996 [D]");
  s.rectangle(
      "program", p.program, 1, kLongestEdge,
      "The tiles that a program may use; the rest serves the I/O at the edges. WSE-2: 750 x 994 [D], at "
      "(4, 1) [I].");
  s.text("router", p.router, "router model, see `waferloom list routers`", routers);
  s.count<std::uint32_t>("colors", p.colors, {1, 32}, "routable colors; WSE-2: 24 [D]");
  s.count<std::uint32_t>(
      "queue_depth", p.queue_depth, {1, kMostQueueDepth},
      "wavelets that a router holds per color and input; 2 [P], the product's value is not "
      "published");
  s.amount<std::uint32_t>(
      "hop_latency", p.hop_latency_cycles, Dimension::cycles, {1, kLongestLinkCycles},
      "from router to router; WSE-2: 1 [M], WSE-3: 2 [M]; a link of n cycles holds n - 1 wavelets besides "
      "the queue at its end, so that streams keep their rate and may run further ahead; at fidelity wavelet "
      "a link of a "
      "router that carries wavelets takes 63 cycles at most, with the crossing of a reticle and "
      "the cycles that a narrow link needs");
  s.amount<std::uint32_t>("link_width", p.link_width_bits, Dimension::bits, {1, core::kWaveletBits},
                          "of a wavelet's 32 bits, those that a link between routers (and to an I/O channel) "
                          "carries per cycle, in each "
                          "direction; the ramp to the PE carries all; WSE-2: 32 [D]");
  s.quantity(
      "link_time", p.link_time_cycles, Dimension::cycles, {1, kLongestLinkTime},
      "for which what a link carries at once takes it up, in fractions too: a wavelet of 32 bits over a "
      "link of 32; WSE-2: 1 [D], WSE-3: 1.125 [M]");
  s.amount<std::uint32_t>(
      "turn_latency", p.turn_latency_cycles, Dimension::cycles, {0, kLongestLinkCycles},
      "by which a hop is longer when the wavelet has come along a row and goes on along a column, or "
      "the other way, at fidelity wavelet; WSE-3: about 20 [M]; WSE-2: none is published");
  s.amount<std::uint32_t>("ramp_latency", p.ramp_latency_cycles, Dimension::cycles, {1, kLongestLatency},
                          "from router to PE and from PE to router, each; WSE-2: 2 [M]");
  s.count<std::uint32_t>("reticle_width", p.reticle_width, {1, kLongestEdge},
                         "columns of a reticle (die); 756 = 7 x 108 [I, weak]");
  s.count<std::uint32_t>("reticle_height", p.reticle_height, {1, kLongestEdge},
                         "rows of a reticle (die); 996 = 12 x 83 [I, weak]");
  s.amount<std::uint32_t>("reticle_crossing", p.reticle_crossing_cycles, Dimension::cycles,
                          {0, kLongestLinkCycles},
                          "extra latency of a hop between reticles; none is published");
}

void declare_keys(Keys& keys, IoParameters& p, std::string& host) {
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
  s.text("host", host, "what stands behind the channels, see `waferloom list hosts`",
         core::names_of(host_models()));
}

void declare_keys(Keys& keys, MemoryXParameters& p) {
  Section s(
      keys, "memoryx",
      "The host `memoryx` behind the I/O channels (`io.host`): it holds the weights and runs the optimizer.");
  s.quantity("bandwidth", p.bandwidth_bits_per_s, Dimension::bandwidth, {1e6, 1e18},
             "of its memory, in each direction; assumed to match the CS-2's I/O [D]");
  s.quantity("latency", p.latency_s, Dimension::time, {0, 1},
             "from request to first byte; none is published, assumed");
  s.quantity("optimizer_rate", p.optimizer_parameters_per_s, Dimension::parameter_rate, {1, 1e18},
             "parameters that the optimizer (AdamW) updates; none is published, assumed to match the I/O");
}

}  // namespace waferloom::fabric
