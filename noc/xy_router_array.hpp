// SPDX-License-Identifier: Apache-2.0
// Router model `xy`: an input-queued wormhole router with virtual channels and credits on a mesh, routing
// first along x, then along y.
//
// Source: the input-queued router of Dally and Towles, Principles and Practices of Interconnection Networks,
// 2004, chapters 16 and 17, with the choices of BookSim2's iq_router as its documentation states and its
// published behaviour shows, as the cross-check of docs/noc.md requires them.
//
// A packet passes these stages at every router; with the defaults a head takes 4 cycles per router, 3 when
// speculative, and body flits follow in successive cycles:
//   routing            routing_cycles after a head reached the front of its queue; 0 = lookahead, the route
//                      comes with the flit
//   VC allocation      the head asks for all virtual channels of its output that no packet holds. Each grants
//                      one of those who ask (in turn), each head accepts one of its grants (in turn): iSLIP
//                      with one iteration, pointers advance only when accepted. The channel is held from the
//                      grant until the tail has won the switch; credits play no part, nor need the queue at
//                      the far end be empty.
//   switch allocation  from the cycle after the head's grant on, each flit at the front whose channel has a
//                      credit asks for its output. Of an input's channels that want the same output, one asks
//                      (in turn); outputs grant and inputs accept as above.
//   speculative        a head also asks for the switch in the cycles in which it asks for a channel, if one
//                      is free and has a credit. The switch it wins is lost unless it gets a channel with a
//                      credit in that same cycle. Heads with a channel and heads without are equal at the
//                      outputs; only within an input do those with a channel come first.
//   switch traversal   switch_traversal_cycles after that of switch allocation, and then the link
//
// Timing contract (beyond noc/packet_router_array.hpp): a flit that wins the switch in cycle t stands in
// the next queue from t + 1 + switch_traversal_cycles + link on, and can be allocated in that cycle; the
// credit for the slot that it leaves is usable in t + 1 + link + credit_cycles. link is fabric.hop_latency,
// and more between reticles. A flit that finds its packet's channel held and its queue empty asks for the
// switch in the cycle it arrives. A stage of n cycles takes its decision in the last of them.
//
// A router's choices act on itself only, apart from what they send, so that it decides and commits alone. A flit
// that is sent stands at once in its slot of the next queue, which its credit keeps for it; the next router
// knows of it when it arrives (noc/due_wheel.hpp). A router is visited in the cycles in which a flit or a
// credit comes to it or in which it can act on what it holds.
#pragma once

#include <cstdint>
#include <memory>

#include "core/config/key.hpp"
#include "noc/network_parameters.hpp"
#include "noc/packet_router_array.hpp"

namespace waferloom::noc {

/// Configuration section `fabric.xy`: the router model `xy`. Defaults are those of common studies of
/// networks-on-chip, not of a product. The stages are those above.
struct XyParameters {
  std::uint32_t virtual_channels = 1;          ///< per input, 1 to 8
  std::uint32_t buffer_flits = 8;              ///< per virtual channel
  bool speculative = false;                    ///< switch allocation together with VC allocation
  std::uint32_t routing_cycles = 0;            ///< 0 = lookahead
  std::uint32_t vc_allocation_cycles = 1;      ///< at least 1
  std::uint32_t switch_allocation_cycles = 1;  ///< at least 1
  std::uint32_t switch_traversal_cycles = 1;   ///< crossbar
  std::uint32_t credit_cycles = 0;             ///< processing of a credit that has arrived
  std::uint32_t terminal_latency_cycles = 1;   ///< between a router and its node, each way
  friend bool operator==(const XyParameters&, const XyParameters&) = default;
};

/// Declares the keys that set `parameters`, whose present values become the defaults.
void declare_router_keys(core::config::Keys& keys, XyParameters& parameters);

inline constexpr std::uint32_t kMostVirtualChannels = 8;
inline constexpr std::uint32_t kMostBufferFlits = 255;
/// What is under way is kept per router and cycle to come.
inline constexpr std::uint32_t kLongestLinkCycles = 1000;

/// The routers of `area`. Throws core::InputError for parameters out of range.
[[nodiscard]] std::unique_ptr<PacketRouterArray> make_xy_router_array(const NetworkParameters& network,
                                                                      core::Rectangle area);

}  // namespace waferloom::noc
