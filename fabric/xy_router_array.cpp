// SPDX-License-Identifier: Apache-2.0
#include "fabric/xy_router_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "fabric/due_wheel.hpp"
#include "fabric/round_robin.hpp"

namespace waferloom::fabric {

namespace {

using core::Cycle;
using core::Direction;
using core::index_of;

constexpr std::uint32_t kPorts = core::kDirections;
constexpr std::uint32_t port_of(Direction d) { return static_cast<std::uint32_t>(d); }
constexpr std::uint32_t kRamp = port_of(Direction::ramp);
constexpr std::size_t kCacheLine = 64;
constexpr std::uint8_t kNoChannel = 0xff;
/// Routers are fetched into the cache so many events ahead: in a large mesh few of them are there.
constexpr std::size_t kAhead = 8;

constexpr std::uint32_t opposite(std::uint32_t port) { return port ^ 1U; }
static_assert(opposite(port_of(Direction::north)) == port_of(core::opposite(Direction::north)) &&
              opposite(port_of(Direction::west)) == port_of(core::opposite(Direction::west)));

/// For `kVcs` virtual channels: a constant, so that masks are as small as can be and loops unroll.
template <std::uint32_t kVcs>
class XyRouterArray final : public PacketRouterArray {
 public:
  XyRouterArray(const FabricParameters& parameters, core::Rectangle area);

  void start(const Traffic& traffic) override;
  void step(Cycle cycle) override;
  [[nodiscard]] Cycle next_cycle(Cycle now) const override;
  [[nodiscard]] EdgeBox& outbox(Direction edge) override { return outboxes_[index_of(edge)]; }
  Cycle accept(Direction edge, const EdgeBox& box) override;
  [[nodiscard]] TrafficEndpoints& endpoints() override { return endpoints_; }
  [[nodiscard]] const TrafficEndpoints& endpoints() const override { return endpoints_; }
  [[nodiscard]] std::uint64_t hops() const override { return hops_; }
  [[nodiscard]] std::uint64_t flits_held() const override;

 private:
  /// Virtual channels of a router: of input (or output) port p, those from p * kVcs on.
  static constexpr std::uint32_t kChannels = kPorts * kVcs;
  using Mask = std::conditional_t<
      kChannels <= 8, std::uint8_t,
      std::conditional_t<kChannels <= 16, std::uint16_t,
                         std::conditional_t<kChannels <= 32, std::uint32_t, std::uint64_t>>>;
  static constexpr std::uint32_t kPortMask = (1U << kVcs) - 1;
  static constexpr Mask kAllChannels = static_cast<Mask>((std::uint64_t{1} << kChannels) - 1);

  /// A small number per channel; all of a set are increased together where they fit a word.
  class Counts {
   public:
    void fill(std::uint8_t value) { bytes_.fill(value); }
    std::uint8_t& operator[](std::uint32_t channel) { return bytes_[channel]; }
    std::uint8_t operator[](std::uint32_t channel) const { return bytes_[channel]; }
    void add_to(Mask channels) {
      if constexpr (kChannels <= sizeof(std::uint64_t)) {
        constexpr auto kOnes = [] {
          std::array<std::uint64_t, std::size_t{1} << (kChannels <= 8 ? kChannels : 0)> ones{};
          for (std::size_t set = 0; set < ones.size(); ++set) {
            for (std::size_t c = 0; c < kChannels; ++c) ones[set] |= (set >> c & 1U) << (8 * c);
          }
          return ones;
        }();
        bytes_ = std::bit_cast<Bytes>(std::bit_cast<std::uint64_t>(bytes_) + kOnes[channels]);
      } else {
        for (; channels != 0; channels = static_cast<Mask>(channels & (channels - 1))) {
          ++bytes_[static_cast<std::uint32_t>(std::countr_zero(channels))];
        }
      }
    }

   private:
    using Bytes = std::array<std::uint8_t, std::max<std::size_t>(kChannels, sizeof(std::uint64_t))>;
    Bytes bytes_;
  };

  /// All that a hop touches besides the flits: one cache line with one virtual channel.
  struct alignas(kCacheLine) Router {
    std::array<Mask, kPorts> wants_channel;  ///< input channels, by the output they ask for
    std::array<Mask, kPorts> wants_switch;
    std::uint8_t channel_wanted;  ///< outputs for which wants_channel is not empty
    std::uint8_t switch_wanted;
    Mask free;    ///< output channels that no packet holds
    Mask credit;  ///< output channels with a credit
    std::uint16_t x;
    std::uint16_t y;
    std::uint8_t leaves;   ///< outputs to other regions
    std::uint8_t crosses;  ///< outputs to other reticles
    // Turns: what comes first the next time.
    std::array<std::uint8_t, kPorts> switch_grant;
    std::array<std::uint8_t, kChannels> channel_grant;
    std::array<std::uint8_t, kVcs == 1 ? 0 : kPorts> switch_accept;
    std::array<std::uint8_t, kVcs == 1 ? 0 : kPorts> channel_of_input;
    std::array<std::uint8_t, kVcs == 1 ? 0 : kChannels> channel_accept;
    // Input channels.
    std::array<std::uint8_t, kChannels> output;  ///< output channel that its packet holds, or kNoChannel
    std::array<std::uint8_t, kChannels> count;   ///< flits that have arrived
    std::array<std::uint8_t, kChannels> front;   ///< slot of the first
    std::array<std::uint8_t, kChannels> back;    ///< slot for the next that is sent to it
    // Output channels.
    Counts credits;
  };
  static_assert(kVcs != 1 || sizeof(Router) == kCacheLine);

  /// What comes to a router in one cycle: sets of channels.
  struct alignas(4 * sizeof(Mask)) Due {
    Mask flits = 0;    ///< input channels in whose queue a flit arrives
    Mask fronts = 0;   ///< input channels that begin to ask for what the flit at their front needs
    Mask credits = 0;  ///< output channels that get a credit
  };
  using Row = typename DueWheel<Due>::Row;
  /// What comes to nodes in one cycle.
  struct Delivery {
    std::uint32_t channel;  ///< node * kVcs + vc
    Flit flit;
  };
  struct NodeEvents {
    std::vector<Delivery> deliveries;
    std::vector<std::uint32_t> credits;  ///< node * kVcs + vc
    [[nodiscard]] bool empty() const { return deliveries.empty() && credits.empty(); }
  };

  static constexpr Mask bit(std::uint32_t channel) { return static_cast<Mask>(Mask{1} << channel); }
  static constexpr std::uint8_t next_turn(std::uint32_t won, std::uint32_t of) {
    return static_cast<std::uint8_t>(won + 1 == of ? 0 : won + 1);
  }
  static constexpr std::uint32_t of_port(Mask mask, std::uint32_t port) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(mask) >> (port * kVcs)) & kPortMask;
  }

  [[nodiscard]] NodeEvents& node_events(Cycle cycle) { return node_events_[cycle & node_events_mask_]; }
  /// Without branches on where the flit goes, which nothing could predict.
  [[nodiscard]] static std::uint32_t route(const Router& router, Flit flit) {
    constexpr std::array<std::uint8_t, 16> kPortOf = [] {
      std::array<std::uint8_t, 16> table{};
      for (std::uint32_t y = 0; y < 3; ++y) {
        table[y * 4 + 1] = port_of(Direction::east);
        table[y * 4 + 2] = port_of(Direction::west);
      }
      table[0] = kRamp;
      table[4] = port_of(Direction::south);
      table[8] = port_of(Direction::north);
      return table;
    }();
    const auto order = [](std::uint32_t a, std::uint32_t b) {
      return static_cast<std::uint32_t>(a > b) | static_cast<std::uint32_t>(a < b) << 1U;
    };
    return kPortOf[order(flit.y(), router.y) << 2U | order(flit.x(), router.x)];
  }
  [[nodiscard]] Flit& slot(std::uint32_t r, std::uint32_t channel, std::uint32_t position) {
    return flits_[(std::size_t{r} * kChannels + channel) * depth_ + position];
  }

  static void want_channel(Router& router, std::uint32_t channel, Flit head) {
    const std::uint32_t to = route(router, head);
    router.wants_channel[to] |= bit(channel);
    router.channel_wanted = static_cast<std::uint8_t>(router.channel_wanted | 1U << to);
  }
  static void want_switch(Router& router, std::uint32_t channel) {
    const std::uint32_t to = router.output[channel] / kVcs;
    router.wants_switch[to] |= bit(channel);
    router.switch_wanted = static_cast<std::uint8_t>(router.switch_wanted | 1U << to);
  }
  /// Sends a flit into an input channel's queue: its slot is kept by the credit that the sender spent.
  void put(const Row& arrival, std::uint32_t r, std::uint32_t channel, Flit flit) {
    std::uint8_t& back = routers_[r].back[channel];
    slot(r, channel, back) = flit;
    back = next_turn(back, depth_);
    arrival.at(r).flits |= bit(channel);
  }
  void take(std::uint32_t r, const Due& due, Cycle cycle);
  void ask(std::uint32_t r, std::uint32_t channel, Cycle from);
  void ask_now(std::uint32_t r, std::uint32_t channel);
  /// The fronts of these input channels ask, from the next cycle on.
  void ask_all(std::uint32_t r, Mask fronts, Cycle cycle) {
    for (; fronts != 0; fronts = static_cast<Mask>(fronts & (fronts - 1))) {
      ask(r, static_cast<std::uint32_t>(std::countr_zero(fronts)), cycle + 1);
    }
  }
  void prefetch(const Row& present, std::uint32_t r) const;
  template <bool kSpeculative>
  void visit_all(const Row& present, Cycle cycle);
  template <bool kSpeculative>
  void allocate_single(std::uint32_t r, Cycle cycle);
  template <bool kSpeculative>
  void allocate(std::uint32_t r, Cycle cycle);
  void hold(std::uint32_t r, std::uint32_t channel, std::uint32_t output);
  void send(std::uint32_t r, std::uint32_t channel, std::uint32_t output, Cycle cycle);
  [[nodiscard]] static bool can_act(const Router& router);
  [[noreturn]] static void fail_overflow(const Router& router, std::uint32_t channel, Cycle cycle);

  // Parameters.
  core::Rectangle area_;
  std::uint32_t depth_;
  bool speculative_;
  Cycle flit_cycles_;         ///< from the switch to the next queue, without crossings
  Cycle credit_cycles_;       ///< from the switch to the last router
  Cycle crossing_cycles_;     ///< more for both between reticles
  Cycle delivery_cycles_;     ///< from the switch to the sink
  Cycle sink_credit_cycles_;  ///< from the switch to the credit of the sink's slot
  Cycle inject_cycles_;       ///< from the source to the queue
  Cycle source_credit_cycles_;
  Cycle channel_delay_;  ///< cycles before a head may ask for a channel
  Cycle switch_delay_;
  std::array<std::int32_t, core::kNeighbours> neighbour_{};  ///< index differences

  TrafficEndpoints endpoints_;
  std::vector<Router> routers_;
  std::vector<Flit> flits_;
  DueWheel<Due> wheel_;
  // Its rows in which the present cycle's choices take effect, flits and credits without and with a crossing.
  Row next_;
  Row sink_credits_;
  std::array<Row, 2> flits_ahead_;
  std::array<Row, 2> credits_ahead_;
  std::vector<std::uint32_t> visits_;
  std::vector<NodeEvents> node_events_;  ///< of the cycles to come, a power of two
  std::uint64_t node_events_mask_;
  std::array<EdgeBox, core::kNeighbours> outboxes_;
  std::uint64_t hops_ = 0;
};

template <std::uint32_t kVcs>
XyRouterArray<kVcs>::XyRouterArray(const FabricParameters& parameters, core::Rectangle area)
    : area_(area),
      depth_(parameters.xy.buffer_flits),
      speculative_(parameters.xy.speculative),
      flit_cycles_(Cycle{1} + parameters.xy.switch_traversal_cycles + parameters.hop_latency_cycles),
      credit_cycles_(Cycle{1} + parameters.hop_latency_cycles + parameters.xy.credit_cycles),
      crossing_cycles_(parameters.reticle_crossing_cycles),
      delivery_cycles_(Cycle{1} + parameters.xy.switch_traversal_cycles +
                       parameters.xy.terminal_latency_cycles),
      sink_credit_cycles_(delivery_cycles_ + 1 + parameters.xy.terminal_latency_cycles +
                          parameters.xy.credit_cycles),
      inject_cycles_(Cycle{1} + parameters.xy.terminal_latency_cycles),
      source_credit_cycles_(Cycle{1} + parameters.xy.terminal_latency_cycles + parameters.xy.credit_cycles),
      channel_delay_(parameters.xy.routing_cycles +
                     std::max(parameters.xy.vc_allocation_cycles,
                              parameters.xy.speculative ? parameters.xy.switch_allocation_cycles : 1U) -
                     1),
      switch_delay_(parameters.xy.switch_allocation_cycles - 1),
      neighbour_{-static_cast<std::int32_t>(area.width), static_cast<std::int32_t>(area.width), -1, 1},
      endpoints_(parameters.xy, area),
      routers_(area.area()),
      flits_(area.area() * kChannels * depth_),
      wheel_(area.area(),
             std::max({flit_cycles_ + crossing_cycles_, credit_cycles_ + crossing_cycles_, sink_credit_cycles_,
                       inject_cycles_, channel_delay_ + 1, switch_delay_ + 1})),
      node_events_(std::bit_ceil(std::max(delivery_cycles_, source_credit_cycles_) + 1)),
      node_events_mask_(node_events_.size() - 1) {
  const std::uint32_t die_width = parameters.reticle_width;
  const std::uint32_t die_height = parameters.reticle_height;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    Router& router = routers_[r];
    const std::uint32_t x = area.x + r % area.width;
    const std::uint32_t y = area.y + r / area.width;
    router.x = static_cast<std::uint16_t>(x);
    router.y = static_cast<std::uint16_t>(y);
    const std::array<bool, core::kNeighbours> leaves{y == area.y, y + 1 == area.y + area.height, x == area.x,
                                                     x + 1 == area.x + area.width};
    const std::array<bool, core::kNeighbours> crosses{y % die_height == 0, (y + 1) % die_height == 0,
                                                      x % die_width == 0, (x + 1) % die_width == 0};
    router.leaves = 0;
    router.crosses = 0;
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      if (leaves[d]) router.leaves = static_cast<std::uint8_t>(router.leaves | 1U << d);
      if (crosses[d]) router.crosses = static_cast<std::uint8_t>(router.crosses | 1U << d);
    }
  }
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::start(const Traffic& traffic) {
  for (Router& router : routers_) {
    router.wants_channel.fill(0);
    router.wants_switch.fill(0);
    router.channel_wanted = 0;
    router.switch_wanted = 0;
    router.free = kAllChannels;
    router.credit = kAllChannels;
    router.switch_grant.fill(0);
    router.switch_accept.fill(0);
    router.channel_of_input.fill(0);
    router.channel_grant.fill(0);
    router.channel_accept.fill(0);
    router.output.fill(kNoChannel);
    router.count.fill(0);
    router.front.fill(0);
    router.back.fill(0);
    router.credits.fill(static_cast<std::uint8_t>(depth_));
  }
  wheel_.clear();
  for (NodeEvents& events : node_events_) {
    events.deliveries.clear();
    events.credits.clear();
  }
  for (EdgeBox& box : outboxes_) {
    box.flits.clear();
    box.credits.clear();
  }
  hops_ = 0;
  endpoints_.start(traffic);
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::step(Cycle cycle) {
  NodeEvents& nodes = node_events(cycle);
  for (const std::uint32_t channel : nodes.credits) endpoints_.credit(channel / kVcs, channel % kVcs);
  for (const Delivery d : nodes.deliveries)
    endpoints_.receive(d.channel / kVcs, d.channel % kVcs, d.flit, cycle);
  nodes.credits.clear();
  nodes.deliveries.clear();
  const Row injected = wheel_.row(cycle + inject_cycles_);
  endpoints_.send_all(cycle, [&](std::uint32_t node, std::uint32_t vc, Flit flit) {
    put(injected, node, kRamp * kVcs + vc, flit);
  });

  const Row present = wheel_.row(cycle);
  next_ = wheel_.row(cycle + 1);
  sink_credits_ = wheel_.row(cycle + sink_credit_cycles_);
  for (std::size_t crosses = 0; crosses < 2; ++crosses) {
    flits_ahead_[crosses] = wheel_.row(cycle + flit_cycles_ + crosses * crossing_cycles_);
    credits_ahead_[crosses] = wheel_.row(cycle + credit_cycles_ + crosses * crossing_cycles_);
  }
  wheel_.collect(present, visits_);
  if (speculative_) {
    visit_all<true>(present, cycle);
  } else {
    visit_all<false>(present, cycle);
  }
}

template <std::uint32_t kVcs>
template <bool kSpeculative>
void XyRouterArray<kVcs>::visit_all(const Row& present, Cycle cycle) {
  for (std::size_t i = 0; i < visits_.size(); ++i) {
    if (i + kAhead < visits_.size()) prefetch(present, visits_[i + kAhead]);
    const std::uint32_t r = visits_[i];
    take(r, present.take(r), cycle);
    if constexpr (kVcs == 1) {
      allocate_single<kSpeculative>(r, cycle);
    } else {
      allocate<kSpeculative>(r, cycle);
    }
    if (can_act(routers_[r])) next_.visit(r);
  }
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::prefetch(const Row& present, std::uint32_t r) const {
  __builtin_prefetch(&routers_[r], 1);
  const auto arrived = static_cast<std::uint64_t>(present.peek(r).flits);
  __builtin_prefetch(&flits_[(std::size_t{r} * kChannels + static_cast<std::uint32_t>(std::countr_zero(
                                                               arrived | std::uint64_t{1} << kRamp * kVcs))) *
                             depth_]);
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::take(std::uint32_t r, const Due& due, Cycle cycle) {
  Router& router = routers_[r];
  router.credit |= due.credits;
  router.credits.add_to(due.credits);
  for (Mask rest = due.fronts; rest != 0; rest = static_cast<Mask>(rest & (rest - 1))) {
    ask_now(r, static_cast<std::uint32_t>(std::countr_zero(rest)));
  }
  for (Mask rest = due.flits; rest != 0; rest = static_cast<Mask>(rest & (rest - 1))) {
    const auto channel = static_cast<std::uint32_t>(std::countr_zero(rest));
    if (router.count[channel] == depth_) fail_overflow(router, channel, cycle);
    if (router.count[channel]++ == 0) ask(r, channel, cycle);
  }
}

/// The flit at the front of an input channel needs an output channel, or the switch if its packet holds one.
/// `from` is the first cycle in which the stage can work.
template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::ask(std::uint32_t r, std::uint32_t channel, Cycle from) {
  const Cycle delay = routers_[r].output[channel] == kNoChannel ? channel_delay_ : switch_delay_;
  if (delay == 0) {
    ask_now(r, channel);
  } else {
    wheel_.row(from + delay).at(r).fronts |= bit(channel);
  }
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::ask_now(std::uint32_t r, std::uint32_t channel) {
  Router& router = routers_[r];
  if (router.output[channel] == kNoChannel) {
    want_channel(router, channel, slot(r, channel, router.front[channel]));
  } else {
    want_switch(router, channel);
  }
}

template <std::uint32_t kVcs>
bool XyRouterArray<kVcs>::can_act(const Router& router) {
  if constexpr (kVcs == 1) {
    return ((router.channel_wanted & router.free) | (router.switch_wanted & router.credit)) != 0;
  }
  for (std::uint32_t o = 0; o < kPorts; ++o) {
    if ((router.channel_wanted >> o & 1U) != 0 && of_port(router.free, o) != 0) return true;
    if ((router.switch_wanted >> o & 1U) != 0 && of_port(router.credit, o) != 0) return true;
  }
  return false;
}

/// With one channel per port no input can be granted two outputs, and an output with a free channel has no
/// packet that holds one: each output has either heads that ask for its channel or one packet that holds it.
/// What an output does concerns it and one input, so that it is decided and done output by output; only then
/// the flits behind those that left ask, for the next cycle.
template <std::uint32_t kVcs>
template <bool kSpeculative>
void XyRouterArray<kVcs>::allocate_single(std::uint32_t r, Cycle cycle) {
  Router& router = routers_[r];
  Mask fronts = 0;
  std::uint32_t ready = (router.channel_wanted & router.free) | (router.switch_wanted & router.credit);
  for (; ready != 0; ready &= ready - 1) {
    const auto o = static_cast<std::uint32_t>(std::countr_zero(ready));
    std::uint32_t input = 0;
    bool wins_switch = true;
    if ((router.free & bit(o)) != 0) {
      const Mask asking = router.wants_channel[o];
      input = first_in_turn(asking, router.channel_grant[o]);
      router.channel_grant[o] = next_turn(input, kPorts);
      wins_switch = false;
      if (kSpeculative && (router.credit & bit(o)) != 0) {
        const std::uint32_t fastest = first_in_turn(asking, router.switch_grant[o]);
        router.switch_grant[o] = next_turn(fastest, kPorts);
        wins_switch = fastest == input;
      }
      hold(r, input, o);
    } else {
      input = static_cast<std::uint32_t>(std::countr_zero(router.wants_switch[o]));
      router.switch_grant[o] = next_turn(input, kPorts);
    }
    if (wins_switch) send(r, input, o, cycle);
    if (router.count[input] != 0) fronts |= bit(input);
  }
  ask_all(r, fronts, cycle);
}

template <std::uint32_t kVcs>
template <bool kSpeculative>
void XyRouterArray<kVcs>::allocate(std::uint32_t r, Cycle cycle) {
  Router& router = routers_[r];

  // VC allocation: each free output channel grants, each input channel accepts.
  std::array<std::uint8_t, kChannels> channel_for;  // input channel to output channel
  channel_for.fill(kNoChannel);
  Mask granted_inputs = 0;
  for (std::uint32_t o = 0; o < kPorts; ++o) {
    const Mask asking = router.wants_channel[o];
    if (asking == 0) continue;
    Mask accepting = 0;
    std::array<std::uint8_t, kVcs> grants{};
    const std::uint32_t free = of_port(router.free, o);
    for (std::uint32_t rest = free; rest != 0; rest &= rest - 1) {
      const auto vc = static_cast<std::uint32_t>(std::countr_zero(rest));
      const std::uint32_t input = first_in_turn(asking, router.channel_grant[o * kVcs + vc]);
      grants[vc] = static_cast<std::uint8_t>(input);
      accepting |= bit(input);
    }
    granted_inputs |= accepting;
    for (; accepting != 0; accepting = static_cast<Mask>(accepting & (accepting - 1))) {
      const auto input = static_cast<std::uint32_t>(std::countr_zero(accepting));
      Mask offers = 0;
      for (std::uint32_t rest = free; rest != 0; rest &= rest - 1) {
        const auto vc = static_cast<std::uint32_t>(std::countr_zero(rest));
        if (grants[vc] == input) offers |= bit(o * kVcs + vc);
      }
      const std::uint32_t output = first_in_turn(offers, router.channel_accept[input]);
      router.channel_accept[input] = next_turn(output, kChannels);
      router.channel_grant[output] = next_turn(input, kChannels);
      channel_for[input] = static_cast<std::uint8_t>(output);
    }
  }

  // Switch allocation: one channel asks per input and output, outputs grant, inputs accept.
  std::array<std::array<std::uint8_t, kPorts>, kPorts> asks;  // [input][output]: channel of the input
  std::array<std::uint8_t, kPorts> offers{};                  // outputs that grant, per input
  for (std::uint32_t o = 0; o < kPorts; ++o) {
    Mask holders = 0;
    for (Mask rest = router.wants_switch[o]; rest != 0; rest = static_cast<Mask>(rest & (rest - 1))) {
      const auto input = static_cast<std::uint32_t>(std::countr_zero(rest));
      if ((router.credit & bit(router.output[input])) != 0) holders |= bit(input);
    }
    Mask heads = 0;
    if (kSpeculative && of_port(router.free & router.credit, o) != 0) heads = router.wants_channel[o];
    std::uint32_t inputs = 0;
    for (std::uint32_t p = 0; p < kPorts; ++p) {
      const std::uint32_t first = of_port(holders, p);
      const std::uint32_t wanting = first != 0 ? first : of_port(heads, p);
      if (wanting == 0) continue;
      asks[p][o] = static_cast<std::uint8_t>(p * kVcs + first_in_turn(wanting, router.channel_of_input[p]));
      inputs |= 1U << p;
    }
    if (inputs != 0) {
      const std::uint32_t granted = first_in_turn(inputs, router.switch_grant[o]);
      offers[granted] = static_cast<std::uint8_t>(offers[granted] | 1U << o);
    }
  }
  std::array<std::uint8_t, kPorts> winners;  // per input
  winners.fill(kNoChannel);
  for (std::uint32_t p = 0; p < kPorts; ++p) {
    if (offers[p] == 0) continue;
    const std::uint32_t o = first_in_turn(offers[p], router.switch_accept[p]);
    router.switch_accept[p] = next_turn(o, kPorts);
    router.switch_grant[o] = next_turn(p, kPorts);
    const std::uint32_t channel = asks[p][o];
    router.channel_of_input[p] = next_turn(channel % kVcs, kVcs);
    const std::uint32_t held =
        router.output[channel] != kNoChannel ? router.output[channel] : channel_for[channel];
    if (held != kNoChannel && (router.credit & bit(held)) != 0)
      winners[p] = static_cast<std::uint8_t>(channel);
  }

  Mask fronts = 0;
  for (; granted_inputs != 0; granted_inputs = static_cast<Mask>(granted_inputs & (granted_inputs - 1))) {
    const auto input = static_cast<std::uint32_t>(std::countr_zero(granted_inputs));
    hold(r, input, channel_for[input]);
    if (winners[input / kVcs] != input) fronts |= bit(input);
  }
  for (const std::uint8_t channel : winners) {
    if (channel == kNoChannel) continue;
    send(r, channel, router.output[channel], cycle);
    if (router.count[channel] != 0) fronts |= bit(channel);
  }
  ask_all(r, fronts, cycle);
}

/// The packet at the front of an input channel gets an output channel.
template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::hold(std::uint32_t r, std::uint32_t channel, std::uint32_t output) {
  Router& router = routers_[r];
  const std::uint32_t to = output / kVcs;
  router.wants_channel[to] = static_cast<Mask>(router.wants_channel[to] & ~bit(channel));
  if (router.wants_channel[to] == 0) {
    router.channel_wanted = static_cast<std::uint8_t>(router.channel_wanted & ~(1U << to));
  }
  router.free = static_cast<Mask>(router.free & ~bit(output));
  router.output[channel] = static_cast<std::uint8_t>(output);
}

/// The flit at the front of an input channel leaves through the output channel that its packet holds.
template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::send(std::uint32_t r, std::uint32_t channel, std::uint32_t output, Cycle cycle) {
  Router& router = routers_[r];
  const std::uint32_t to = output / kVcs;
  const std::uint32_t vc = output % kVcs;
  const Flit flit = slot(r, channel, router.front[channel]);
  router.front[channel] = next_turn(router.front[channel], depth_);
  --router.count[channel];
  if (--router.credits[output] == 0) router.credit = static_cast<Mask>(router.credit & ~bit(output));
  router.wants_switch[to] = static_cast<Mask>(router.wants_switch[to] & ~bit(channel));
  if (router.wants_switch[to] == 0) {
    router.switch_wanted = static_cast<std::uint8_t>(router.switch_wanted & ~(1U << to));
  }

  const auto position = [&](std::uint32_t edge) {
    return edge < index_of(Direction::west) ? router.x - area_.x : router.y - area_.y;
  };
  const auto crossing = [&](std::uint32_t port) { return std::size_t{router.crosses} >> port & 1U; };
  if (to == kRamp) {
    node_events(cycle + delivery_cycles_).deliveries.push_back({r * kVcs + vc, flit});
    sink_credits_.at(r).credits |= bit(output);
  } else {
    ++hops_;
    if ((router.leaves >> to & 1U) != 0) {
      outboxes_[to].flits.push_back(
          {cycle + flit_cycles_ + crossing(to) * crossing_cycles_, position(to), vc, flit});
    } else {
      const std::uint32_t there = r + static_cast<std::uint32_t>(neighbour_[to]);
      put(flits_ahead_[crossing(to)], there, opposite(to) * kVcs + vc, flit);
    }
  }

  const std::uint32_t from = channel / kVcs;
  if (from == kRamp) {
    node_events(cycle + source_credit_cycles_).credits.push_back(r * kVcs + channel % kVcs);
  } else {
    if ((router.leaves >> from & 1U) != 0) {
      outboxes_[from].credits.push_back(
          {cycle + credit_cycles_ + crossing(from) * crossing_cycles_, position(from), channel % kVcs});
    } else {
      const std::uint32_t there = r + static_cast<std::uint32_t>(neighbour_[from]);
      credits_ahead_[crossing(from)].at(there).credits |= bit(opposite(from) * kVcs + channel % kVcs);
    }
  }

  if (flit.tail()) {
    router.free |= bit(output);
    router.output[channel] = kNoChannel;
  }
}

template <std::uint32_t kVcs>
Cycle XyRouterArray<kVcs>::next_cycle(Cycle now) const {
  const Cycle next = wheel_.next_cycle(now, endpoints_.next_cycle(now));
  for (Cycle c = now + 1; c <= now + node_events_mask_ && c < next; ++c) {
    if (!node_events_[c & node_events_mask_].empty()) return c;
  }
  return next;
}

template <std::uint32_t kVcs>
Cycle XyRouterArray<kVcs>::accept(Direction edge, const EdgeBox& box) {
  const auto port = static_cast<std::uint32_t>(edge);
  const auto router_at = [&](std::uint32_t position) {
    switch (edge) {
      case Direction::north:
        return position;
      case Direction::south:
        return (area_.height - 1) * area_.width + position;
      case Direction::west:
        return position * area_.width;
      default:
        return (position + 1) * area_.width - 1;
    }
  };
  Cycle earliest = core::kNever;
  for (const EdgeFlit& f : box.flits) {
    put(wheel_.row(f.arrival), router_at(f.position), port * kVcs + f.vc, f.flit);
    earliest = std::min(earliest, f.arrival);
  }
  for (const EdgeCredit& c : box.credits) {
    wheel_.row(c.arrival).at(router_at(c.position)).credits |= bit(port * kVcs + c.vc);
    earliest = std::min(earliest, c.arrival);
  }
  return earliest;
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::fail_overflow(const Router& router, std::uint32_t channel, Cycle cycle) {
  throw core::SimulationError(fmt::format(
      "cycle {}: a flit without a credit arrives at router ({}, {}) from {}, virtual channel {}", cycle,
      router.x, router.y, core::name_of(static_cast<Direction>(channel / kVcs)), channel % kVcs));
}

template <std::uint32_t kVcs>
std::uint64_t XyRouterArray<kVcs>::flits_held() const {
  std::uint64_t total = 0;
  for (const Router& router : routers_) {
    for (const std::uint8_t count : router.count) total += count;
  }
  for (const Due& due : wheel_.records()) {
    total += static_cast<std::uint64_t>(std::popcount(static_cast<std::uint64_t>(due.flits)));
  }
  for (const NodeEvents& each : node_events_) total += each.deliveries.size();
  for (const EdgeBox& box : outboxes_) total += box.flits.size();
  return total;
}

template <std::uint32_t kVcs>
std::unique_ptr<PacketRouterArray> make(const FabricParameters& parameters, core::Rectangle area) {
  return std::make_unique<XyRouterArray<kVcs>>(parameters, area);
}

template <std::size_t... kIndices>
constexpr auto makers(std::index_sequence<kIndices...>) {
  return std::array{&make<kIndices + 1>...};
}

}  // namespace

std::unique_ptr<PacketRouterArray> make_xy_router_array(const FabricParameters& parameters,
                                                        core::Rectangle area) {
  constexpr auto kMakers = makers(std::make_index_sequence<kMostVirtualChannels>());
  const XyParameters& xy = parameters.xy;
  if (xy.virtual_channels == 0 || xy.virtual_channels > kMostVirtualChannels) {
    throw core::InputError(fmt::format("fabric.xy.virtual_channels: expected a number from 1 to {}, got {}",
                                       kMostVirtualChannels, xy.virtual_channels));
  }
  if (xy.buffer_flits == 0 || xy.buffer_flits > kMostBufferFlits) {
    throw core::InputError(fmt::format("fabric.xy.buffer_flits: expected a number from 1 to {}, got {}",
                                       kMostBufferFlits, xy.buffer_flits));
  }
  return kMakers[xy.virtual_channels - 1](parameters, area);
}

}  // namespace waferloom::fabric
