// SPDX-License-Identifier: Apache-2.0
#include "noc/xy_router_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "core/round_robin.hpp"
#include "noc/due_wheel.hpp"

namespace waferloom::noc {

namespace {

using core::Cycle;
using core::Direction;
using core::index_of;

constexpr std::uint32_t kPorts = core::kDirections;
constexpr std::uint32_t port_of(Direction d) { return static_cast<std::uint32_t>(d); }
constexpr std::uint32_t kRamp = port_of(Direction::ramp);
constexpr std::size_t kCacheLine = 64;
constexpr std::uint8_t kNoChannel = 0xff;
/// Routers are fetched into the cache so many visits ahead: in a large mesh few of them are there.
constexpr std::size_t kAhead = 8;
/// Routers that decide before what they decided is done, so that the queues it goes to can be fetched.
constexpr std::size_t kBlock = 16;

constexpr std::uint32_t opposite(std::uint32_t port) { return port ^ 1U; }
static_assert(opposite(port_of(Direction::north)) == port_of(core::opposite(Direction::north)) &&
              opposite(port_of(Direction::west)) == port_of(core::opposite(Direction::west)));

/// core::first_in_turn among ports, as a table.
constexpr auto kFirstPort = [] {
  std::array<std::array<std::uint8_t, 1U << kPorts>, kPorts> table{};
  for (std::uint32_t turn = 0; turn < kPorts; ++turn) {
    for (std::uint32_t mask = 1; mask < table[turn].size(); ++mask) {
      table[turn][mask] = static_cast<std::uint8_t>(core::first_in_turn(mask, turn));
    }
  }
  return table;
}();
constexpr std::uint32_t first_port_in_turn(std::uint32_t mask, std::uint32_t turn) {
  return kFirstPort[turn][mask];
}

/// For `kVcs` virtual channels: a constant, so that masks are as small as can be and loops unroll.
template <std::uint32_t kVcs>
class XyRouterArray final : public PacketRouterArray {
 public:
  XyRouterArray(const fabric::FabricParameters& parameters, const XyParameters& xy, core::Rectangle area);

  void start(const Traffic& traffic) override;
  void step(Cycle cycle) override;
  [[nodiscard]] Cycle next_cycle(Cycle now) const override;
  [[nodiscard]] EdgeBox& outbox(Direction edge) override { return outboxes_[index_of(edge)]; }
  Cycle accept(Direction edge, const EdgeBox& box) override;
  [[nodiscard]] TrafficEndpoints& endpoints() override { return endpoints_; }
  [[nodiscard]] const TrafficEndpoints& endpoints() const override { return endpoints_; }
  [[nodiscard]] std::uint64_t hops() const override { return hops_; }
  void list_sent(std::vector<SentFlits>& sent) const override;
  [[nodiscard]] std::uint64_t busiest_link() const override;
  [[nodiscard]] std::uint64_t flits_held() const override;
  void archive(core::State& state, std::uint32_t node) override;
  void archive_between(core::State& state, const core::Rectangle& of, Cycle now) override;

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
        static constexpr auto kOnes = [] {
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
    /// With one virtual channel: the input channel whose packet holds that of the output.
    std::array<Mask, kPorts> wants_switch;
    std::uint8_t channel_wanted;  ///< outputs for which wants_channel is not empty
    std::uint8_t switch_wanted;
    Mask free;    ///< output channels that no packet holds
    Mask credit;  ///< output channels with a credit
    std::uint16_t x;
    std::uint16_t y;
    std::uint8_t leaves;   ///< ports to other regions
    std::uint8_t crosses;  ///< ports to other reticles, if that takes longer
    std::uint8_t special;  ///< both, and the port to the node
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
    std::array<std::uint8_t, kVcs> injected;     ///< slot for the next from the node, per virtual channel
    // Output channels.
    std::array<std::uint8_t, kChannels> back;  ///< slot at the far end for the next flit
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
  /// What a router decided: the flit at the front of `channel` leaves through `output`, a slot is free again.
  struct Move {
    Flit flit;
    std::uint32_t router;
    std::uint8_t channel;
    std::uint8_t output;
    std::uint8_t slot;  ///< of the queue at the far end
  };
  /// Of the routers that are visited together.
  class Moves {
   public:
    [[nodiscard]] Move& add() { return moves_[count_++]; }
    [[nodiscard]] const Move* begin() const { return moves_.data(); }
    [[nodiscard]] const Move* end() const { return moves_.data() + count_; }

   private:
    std::array<Move, kBlock * kPorts> moves_;
    std::size_t count_ = 0;
  };
  /// Copies of what every visit reads. A member would have to be read anew after each store of a byte, which
  /// for the compiler may change anything.
  struct Arrays {
    Router* routers;
    Flit* flits;
    std::uint32_t depth;
    std::array<std::int32_t, core::kNeighbours> neighbour;
    [[nodiscard]] Flit* queues(std::uint32_t r) const { return flits + std::size_t{r} * kChannels * depth; }
    [[nodiscard]] Flit& slot(std::uint32_t r, std::uint32_t channel, std::uint32_t position) const {
      return queues(r)[channel * depth + position];
    }
    [[nodiscard]] std::uint32_t next_to(std::uint32_t r, std::uint32_t port) const {
      return r + static_cast<std::uint32_t>(neighbour[port]);
    }
  };
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
    static constexpr std::array<std::uint8_t, 16> kPortOf = [] {
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
  [[nodiscard]] Arrays arrays() { return {routers_.data(), flits_.data(), depth_, neighbour_}; }

  [[nodiscard]] std::uint32_t position_along(const Router& router, std::uint32_t edge) const {
    return edge < port_of(Direction::west) ? router.x - area_.x : router.y - area_.y;
  }
  [[nodiscard]] Cycle crossing_cycles(const Router& router, std::uint32_t port) const {
    return (router.crosses >> port & 1U) != 0 ? crossing_cycles_ : 0;
  }

  static void want_channel(Router& router, std::uint32_t channel, Flit head) {
    const std::uint32_t to = route(router, head);
    router.wants_channel[to] |= bit(channel);
    router.channel_wanted = static_cast<std::uint8_t>(router.channel_wanted | 1U << to);
  }
  static void want_switch(Router& router, std::uint32_t channel) {
    const std::uint32_t to = router.output[channel] / kVcs;
    if constexpr (kVcs != 1) router.wants_switch[to] |= bit(channel);
    router.switch_wanted = static_cast<std::uint8_t>(router.switch_wanted | 1U << to);
  }
  void ask(const Arrays& arrays, std::uint32_t r, std::uint32_t channel, Cycle from);
  static void ask_now(const Arrays& arrays, std::uint32_t r, std::uint32_t channel);
  /// The fronts of these input channels ask, from the next cycle on.
  void ask_all(const Arrays& arrays, std::uint32_t r, Mask fronts, Cycle cycle) {
    for (; fronts != 0; fronts = static_cast<Mask>(fronts & (fronts - 1))) {
      ask(arrays, r, static_cast<std::uint32_t>(std::countr_zero(fronts)), cycle + 1);
    }
  }
  static void prefetch(const Arrays& arrays, const Row& present, std::uint32_t r);
  template <bool kSpeculative>
  void visit_all(const Row& present, Cycle cycle);
  void take(const Arrays& arrays, std::uint32_t r, const Due& due, Cycle cycle);
  template <bool kSpeculative>
  void allocate_single(const Arrays& arrays, std::uint32_t r, Cycle cycle, Moves& moves);
  template <bool kSpeculative>
  void allocate(const Arrays& arrays, std::uint32_t r, Cycle cycle, Moves& moves);
  static void hold(Router& router, std::uint32_t channel, std::uint32_t output);
  static void leave(const Arrays& arrays, std::uint32_t r, std::uint32_t channel, std::uint32_t output,
                    Moves& moves);
  void commit(const Arrays& arrays, const Moves& moves, Cycle cycle);
  /// Into the queue of the next router: its slot is kept by the credit that was spent.
  static void put(const Arrays& arrays, const Row& arrival, const Move& move, std::uint32_t to) {
    const std::uint32_t there = arrays.next_to(move.router, to);
    const std::uint32_t input = opposite(to) * kVcs + move.output % kVcs;
    arrays.slot(there, input, move.slot) = move.flit;
    arrival.at(there).flits |= bit(input);
  }
  /// The credit, to the router that the flit came from.
  static void give_back(const Arrays& arrays, const Row& arrival, const Move& move, std::uint32_t from) {
    arrival.at(arrays.next_to(move.router, from)).credits |= bit(opposite(from) * kVcs + move.channel % kVcs);
  }
  void send_flit(const Arrays& arrays, const Move& move, Cycle cycle);
  void send_credit(const Arrays& arrays, const Move& move, Cycle cycle);
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
  std::vector<std::uint32_t> visits_;
  std::vector<NodeEvents> node_events_;  ///< of the cycles to come, a power of two
  std::uint64_t node_events_mask_;
  std::array<EdgeBox, core::kNeighbours> outboxes_;
  std::uint64_t hops_ = 0;
  std::vector<std::uint64_t> sent_;  ///< flits by router and output
};

template <std::uint32_t kVcs>
XyRouterArray<kVcs>::XyRouterArray(const fabric::FabricParameters& parameters, const XyParameters& xy,
                                   core::Rectangle area)
    : area_(area),
      depth_(xy.buffer_flits),
      speculative_(xy.speculative),
      flit_cycles_(Cycle{1} + xy.switch_traversal_cycles + parameters.hop_latency_cycles),
      credit_cycles_(Cycle{1} + parameters.hop_latency_cycles + xy.credit_cycles),
      crossing_cycles_(parameters.reticle_crossing_cycles),
      delivery_cycles_(Cycle{1} + xy.switch_traversal_cycles + xy.terminal_latency_cycles),
      sink_credit_cycles_(delivery_cycles_ + 1 + xy.terminal_latency_cycles + xy.credit_cycles),
      inject_cycles_(Cycle{1} + xy.terminal_latency_cycles),
      source_credit_cycles_(Cycle{1} + xy.terminal_latency_cycles + xy.credit_cycles),
      channel_delay_(xy.routing_cycles +
                     std::max(xy.vc_allocation_cycles, xy.speculative ? xy.switch_allocation_cycles : 1U) -
                     1),
      switch_delay_(xy.switch_allocation_cycles - 1),
      neighbour_{-static_cast<std::int32_t>(area.width), static_cast<std::int32_t>(area.width), -1, 1},
      endpoints_(xy.virtual_channels, xy.buffer_flits, area),
      routers_(area.area()),
      flits_(area.area() * kChannels * depth_),
      wheel_(area.area(),
             std::max({flit_cycles_ + crossing_cycles_, credit_cycles_ + crossing_cycles_,
                       sink_credit_cycles_, inject_cycles_, channel_delay_ + 1, switch_delay_ + 1})),
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
      if (crosses[d] && crossing_cycles_ != 0) {
        router.crosses = static_cast<std::uint8_t>(router.crosses | 1U << d);
      }
    }
    router.special = static_cast<std::uint8_t>(router.leaves | router.crosses | 1U << kRamp);
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
    router.injected.fill(0);
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
  sent_.assign(routers_.size() * kPorts, 0);
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
  const Arrays arrays = this->arrays();
  const Row injected = wheel_.row(cycle + inject_cycles_);
  endpoints_.send_all(cycle, [&](std::uint32_t node, std::uint32_t vc, Flit flit) {
    std::uint8_t& position = arrays.routers[node].injected[vc];
    arrays.slot(node, kRamp * kVcs + vc, position) = flit;
    position = next_turn(position, arrays.depth);
    injected.at(node).flits |= bit(kRamp * kVcs + vc);
  });

  const Row present = wheel_.row(cycle);
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
  const Arrays arrays = this->arrays();
  const Row next = wheel_.row(cycle + 1);
  const std::uint32_t* const visits = visits_.data();
  const std::size_t count = visits_.size();
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    Moves moves;
    for (std::size_t i = begin; i < std::min(begin + kBlock, count); ++i) {
      prefetch(arrays, present, visits[std::min(i + kAhead, count - 1)]);
      const std::uint32_t r = visits[i];
      take(arrays, r, present.take(r), cycle);
      if constexpr (kVcs == 1) {
        allocate_single<kSpeculative>(arrays, r, cycle, moves);
      } else {
        allocate<kSpeculative>(arrays, r, cycle, moves);
      }
      if (can_act(arrays.routers[r])) next.visit(r);
    }
    commit(arrays, moves, cycle);
  }
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::prefetch(const Arrays& arrays, const Row& present, std::uint32_t r) {
  __builtin_prefetch(&arrays.routers[r], 1);
  const auto arrived = static_cast<std::uint64_t>(present.peek(r).flits);
  const auto channel =
      static_cast<std::uint32_t>(std::countr_zero(arrived | std::uint64_t{1} << kRamp * kVcs));
  __builtin_prefetch(&arrays.slot(r, channel, 0));
}

template <std::uint32_t kVcs>
[[gnu::always_inline]] inline void XyRouterArray<kVcs>::take(const Arrays& arrays, std::uint32_t r,
                                                             const Due& due, Cycle cycle) {
  Router& router = arrays.routers[r];
  router.credit |= due.credits;
  router.credits.add_to(due.credits);
  for (Mask rest = due.fronts; rest != 0; rest = static_cast<Mask>(rest & (rest - 1))) {
    ask_now(arrays, r, static_cast<std::uint32_t>(std::countr_zero(rest)));
  }
  for (Mask rest = due.flits; rest != 0; rest = static_cast<Mask>(rest & (rest - 1))) {
    const auto channel = static_cast<std::uint32_t>(std::countr_zero(rest));
    if (router.count[channel] == arrays.depth) fail_overflow(router, channel, cycle);
    if (router.count[channel]++ == 0) ask(arrays, r, channel, cycle);
  }
}

/// The flit at the front of an input channel needs an output channel, or the switch if its packet holds one.
/// `from` is the first cycle in which the stage can work.
template <std::uint32_t kVcs>
[[gnu::always_inline]] inline void XyRouterArray<kVcs>::ask(const Arrays& arrays, std::uint32_t r,
                                                            std::uint32_t channel, Cycle from) {
  const Cycle delay = arrays.routers[r].output[channel] == kNoChannel ? channel_delay_ : switch_delay_;
  if (delay == 0) {
    ask_now(arrays, r, channel);
  } else {
    wheel_.row(from + delay).at(r).fronts |= bit(channel);
  }
}

template <std::uint32_t kVcs>
[[gnu::always_inline]] inline void XyRouterArray<kVcs>::ask_now(const Arrays& arrays, std::uint32_t r,
                                                                std::uint32_t channel) {
  Router& router = arrays.routers[r];
  if (router.output[channel] == kNoChannel) {
    want_channel(router, channel, arrays.slot(r, channel, router.front[channel]));
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
void XyRouterArray<kVcs>::allocate_single(const Arrays& arrays, std::uint32_t r, Cycle cycle, Moves& moves) {
  Router& router = arrays.routers[r];
  Mask fronts = 0;
  std::uint32_t ready = (router.channel_wanted & router.free) | (router.switch_wanted & router.credit);
  for (; ready != 0; ready &= ready - 1) {
    const auto o = static_cast<std::uint32_t>(std::countr_zero(ready));
    std::uint32_t input = 0;
    bool wins_switch = true;
    if ((router.free & bit(o)) != 0) {
      const Mask asking = router.wants_channel[o];
      input = first_port_in_turn(asking, router.channel_grant[o]);
      router.channel_grant[o] = next_turn(input, kPorts);
      wins_switch = false;
      if (kSpeculative && (router.credit & bit(o)) != 0) {
        const std::uint32_t fastest = first_port_in_turn(asking, router.switch_grant[o]);
        router.switch_grant[o] = next_turn(fastest, kPorts);
        wins_switch = fastest == input;
      }
      hold(router, input, o);
    } else {
      input = router.wants_switch[o];
      router.switch_grant[o] = next_turn(input, kPorts);
    }
    if (wins_switch) leave(arrays, r, input, o, moves);
    if (router.count[input] != 0) fronts |= bit(input);
  }
  ask_all(arrays, r, fronts, cycle);
}

template <std::uint32_t kVcs>
template <bool kSpeculative>
void XyRouterArray<kVcs>::allocate(const Arrays& arrays, std::uint32_t r, Cycle cycle, Moves& moves) {
  Router& router = arrays.routers[r];

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
      const std::uint32_t input = core::first_in_turn(asking, router.channel_grant[o * kVcs + vc]);
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
      const std::uint32_t output = core::first_in_turn(offers, router.channel_accept[input]);
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
      asks[p][o] =
          static_cast<std::uint8_t>(p * kVcs + core::first_in_turn(wanting, router.channel_of_input[p]));
      inputs |= 1U << p;
    }
    if (inputs != 0) {
      const std::uint32_t granted = core::first_in_turn(inputs, router.switch_grant[o]);
      offers[granted] = static_cast<std::uint8_t>(offers[granted] | 1U << o);
    }
  }
  std::array<std::uint8_t, kPorts> winners;  // per input
  winners.fill(kNoChannel);
  for (std::uint32_t p = 0; p < kPorts; ++p) {
    if (offers[p] == 0) continue;
    const std::uint32_t o = core::first_in_turn(offers[p], router.switch_accept[p]);
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
    hold(router, input, channel_for[input]);
    if (winners[input / kVcs] != input) fronts |= bit(input);
  }
  for (const std::uint8_t channel : winners) {
    if (channel == kNoChannel) continue;
    leave(arrays, r, channel, router.output[channel], moves);
    if (router.count[channel] != 0) fronts |= bit(channel);
  }
  ask_all(arrays, r, fronts, cycle);
}

/// The packet at the front of an input channel gets an output channel.
template <std::uint32_t kVcs>
[[gnu::always_inline]] inline void XyRouterArray<kVcs>::hold(Router& router, std::uint32_t channel,
                                                             std::uint32_t output) {
  const std::uint32_t to = output / kVcs;
  router.wants_channel[to] = static_cast<Mask>(router.wants_channel[to] & ~bit(channel));
  router.channel_wanted =
      static_cast<std::uint8_t>(router.channel_wanted & ~((router.wants_channel[to] == 0 ? 1U : 0U) << to));
  if constexpr (kVcs == 1) router.wants_switch[to] = static_cast<Mask>(channel);
  router.free = static_cast<Mask>(router.free & ~bit(output));
  router.output[channel] = static_cast<std::uint8_t>(output);
}

/// The flit at the front of an input channel leaves through the output channel that its packet holds.
template <std::uint32_t kVcs>
[[gnu::always_inline]] inline void XyRouterArray<kVcs>::leave(const Arrays& arrays, std::uint32_t r,
                                                              std::uint32_t channel, std::uint32_t output,
                                                              Moves& moves) {
  Router& router = arrays.routers[r];
  const std::uint32_t to = output / kVcs;
  const Flit flit = arrays.slot(r, channel, router.front[channel]);
  Move& move = moves.add();
  move.flit = flit;
  move.router = r;
  move.channel = static_cast<std::uint8_t>(channel);
  move.output = static_cast<std::uint8_t>(output);
  move.slot = router.back[output];
  router.back[output] = next_turn(router.back[output], arrays.depth);
  router.front[channel] = next_turn(router.front[channel], arrays.depth);
  --router.count[channel];
  if (--router.credits[output] == 0) router.credit = static_cast<Mask>(router.credit & ~bit(output));
  bool wanted = false;
  if constexpr (kVcs != 1) {
    router.wants_switch[to] = static_cast<Mask>(router.wants_switch[to] & ~bit(channel));
    wanted = router.wants_switch[to] != 0;
  }
  if (!wanted) {
    router.switch_wanted = static_cast<std::uint8_t>(router.switch_wanted & ~(1U << to));
  }
  if (flit.tail()) {
    router.free |= bit(output);
    router.output[channel] = kNoChannel;
  }
}

/// What was decided reaches other routers and the nodes, in cycles to come.
template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::commit(const Arrays& arrays, const Moves& moves, Cycle cycle) {
  const Row flits_ahead = wheel_.row(cycle + flit_cycles_);
  const Row credits_ahead = wheel_.row(cycle + credit_cycles_);
  std::uint64_t hops = 0;
  for (const Move& move : moves) {
    const Router& router = arrays.routers[move.router];
    const std::uint32_t to = move.output / kVcs;
    const std::uint32_t from = move.channel / kVcs;
    hops += to != kRamp ? 1U : 0U;
    ++sent_[move.router * kPorts + to];
    if ((router.special >> to & 1U) != 0) [[unlikely]] {
      send_flit(arrays, move, cycle);
    } else {
      put(arrays, flits_ahead, move, to);
    }
    if ((router.special >> from & 1U) != 0) [[unlikely]] {
      send_credit(arrays, move, cycle);
    } else {
      give_back(arrays, credits_ahead, move, from);
    }
  }
  hops_ += hops;
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::list_sent(std::vector<SentFlits>& sent) const {
  for (std::size_t first = 0; first < sent_.size(); first += kPorts) {
    SentFlits& of = sent.emplace_back();
    for (std::size_t d = 0; d < core::kNeighbours; ++d) of[d] = sent_[first + d];
  }
}

template <std::uint32_t kVcs>
std::uint64_t XyRouterArray<kVcs>::busiest_link() const {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < sent_.size(); ++i) {
    if (i % kPorts != kRamp) most = std::max(most, sent_[i]);
  }
  return most;
}

/// To the node, to another region or another reticle.
template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::send_flit(const Arrays& arrays, const Move& move, Cycle cycle) {
  const Router& router = arrays.routers[move.router];
  const std::uint32_t to = move.output / kVcs;
  const std::uint32_t vc = move.output % kVcs;
  if (to == kRamp) {
    node_events(cycle + delivery_cycles_).deliveries.push_back({move.router * kVcs + vc, move.flit});
    wheel_.row(cycle + sink_credit_cycles_).at(move.router).credits |= bit(move.output);
  } else {
    const Cycle arrival = cycle + flit_cycles_ + crossing_cycles(router, to);
    if ((router.leaves >> to & 1U) != 0) {
      outboxes_[to].flits.push_back({arrival, position_along(router, to), vc, move.slot, move.flit});
    } else {
      put(arrays, wheel_.row(arrival), move, to);
    }
  }
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::send_credit(const Arrays& arrays, const Move& move, Cycle cycle) {
  const Router& router = arrays.routers[move.router];
  const std::uint32_t from = move.channel / kVcs;
  const std::uint32_t vc = move.channel % kVcs;
  if (from == kRamp) {
    node_events(cycle + source_credit_cycles_).credits.push_back(move.router * kVcs + vc);
  } else {
    const Cycle arrival = cycle + credit_cycles_ + crossing_cycles(router, from);
    if ((router.leaves >> from & 1U) != 0) {
      outboxes_[from].credits.push_back({arrival, position_along(router, from), vc});
    } else {
      give_back(arrays, wheel_.row(arrival), move, from);
    }
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
  const Arrays arrays = this->arrays();
  for (const EdgeFlit& f : box.flits) {
    const std::uint32_t r = router_at(f.position);
    const std::uint32_t channel = port * kVcs + f.vc;
    arrays.slot(r, channel, f.slot) = f.flit;
    wheel_.row(f.arrival).at(r).flits |= bit(channel);
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
void XyRouterArray<kVcs>::archive(core::State& state, std::uint32_t r) {
  Router& own = routers_[r];
  Router kept = own;
  state(kept);
  if (state.loads()) {
    // Where it stands is known.
    kept.x = own.x;
    kept.y = own.y;
    kept.leaves = own.leaves;
    kept.crosses = own.crosses;
    kept.special = own.special;
    own = kept;
  }
  for (std::size_t slot = 0; slot < std::size_t{kChannels} * depth_; ++slot) state(arrays().queues(r)[slot]);
  for (std::uint32_t port = 0; port < kPorts; ++port) state(sent_[r * kPorts + port]);
  endpoints_.archive(state, r);
}

template <std::uint32_t kVcs>
void XyRouterArray<kVcs>::archive_between(core::State& state, const core::Rectangle& of, Cycle now) {
  struct KeptDue {
    Cycle cycle;
    std::uint32_t router;
    Due due;
  };
  struct KeptDelivery {
    Cycle cycle;
    Delivery delivery;
  };
  struct KeptCredit {
    Cycle cycle;
    std::uint32_t channel;
  };
  std::vector<KeptDue> dues;
  std::vector<KeptDelivery> deliveries;
  std::vector<KeptCredit> credits;
  if (!state.loads()) {
    for (Cycle cycle = now; cycle < now + wheel_.cycles(); ++cycle) {
      const Row row = wheel_.row(cycle);
      for (std::uint32_t r = 0; r < routers_.size(); ++r) {
        if (row.is_visited(r)) dues.push_back({cycle, r, row.peek(r)});
      }
    }
    for (Cycle cycle = now; cycle <= now + node_events_mask_; ++cycle) {
      for (const Delivery& delivery : node_events(cycle).deliveries) deliveries.push_back({cycle, delivery});
      for (const std::uint32_t channel : node_events(cycle).credits) credits.push_back({cycle, channel});
    }
  }
  state(dues, deliveries, credits);
  const std::uint64_t hops = state.kept(hops_);
  const bool takes = area_.contains(core::Coordinate{of.x, of.y});
  endpoints_.archive_sums(state, takes);
  if (!state.loads()) return;
  if (takes) hops_ += hops;
  // Calls `act` with a node's number here, where it is here.
  const auto where = [&](std::uint32_t node, const auto& act) {
    const core::Coordinate at = core::place_at(of, node);
    if (area_.contains(at)) act(core::number_of(area_, at));
  };
  for (const KeptDue& kept : dues) {
    where(kept.router, [&](std::uint32_t r) { wheel_.row(kept.cycle).at(r) = kept.due; });
  }
  for (const KeptDelivery& kept : deliveries) {
    where(kept.delivery.channel / kVcs, [&](std::uint32_t r) {
      node_events(kept.cycle)
          .deliveries.push_back({r * kVcs + kept.delivery.channel % kVcs, kept.delivery.flit});
    });
  }
  for (const KeptCredit& kept : credits) {
    where(kept.channel / kVcs, [&](std::uint32_t r) {
      node_events(kept.cycle).credits.push_back(r * kVcs + kept.channel % kVcs);
    });
  }
}

template <std::uint32_t kVcs>
std::unique_ptr<PacketRouterArray> make(const fabric::FabricParameters& parameters, const XyParameters& xy,
                                        core::Rectangle area) {
  return std::make_unique<XyRouterArray<kVcs>>(parameters, xy, area);
}

template <std::size_t... kIndices>
constexpr auto makers(std::index_sequence<kIndices...>) {
  return std::array{&make<kIndices + 1>...};
}

}  // namespace

void declare_router_keys(core::config::Keys& keys, XyParameters& p) {
  constexpr std::uint32_t kLongestStage = 100;
  using core::Dimension;
  core::config::Section s(keys, "fabric.xy", "The router model `xy`; only with `fabric.router: xy`.");
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

std::unique_ptr<PacketRouterArray> make_xy_router_array(const NetworkParameters& network,
                                                        core::Rectangle area) {
  constexpr auto kMakers = makers(std::make_index_sequence<kMostVirtualChannels>());
  const fabric::FabricParameters& parameters = network.mesh;
  const auto& xy = network.routers.of<XyParameters>();
  if (xy.virtual_channels == 0 || xy.virtual_channels > kMostVirtualChannels) {
    throw core::config::KeyError(
        {"fabric.xy.virtual_channels"},
        fmt::format("expected a number from 1 to {}, got {}", kMostVirtualChannels, xy.virtual_channels));
  }
  if (xy.buffer_flits == 0 || xy.buffer_flits > kMostBufferFlits) {
    throw core::config::KeyError(
        {"fabric.xy.buffer_flits"},
        fmt::format("expected a number from 1 to {}, got {}", kMostBufferFlits, xy.buffer_flits));
  }
  const auto limit = [](std::string_view key, std::uint32_t cycles) {
    if (cycles <= kLongestLinkCycles) return;
    throw core::config::KeyError(
        {std::string(key)},
        fmt::format("expected at most {} cycles with the router xy, got {}", kLongestLinkCycles, cycles));
  };
  limit("fabric.hop_latency", parameters.hop_latency_cycles);
  limit("fabric.reticle_crossing", parameters.reticle_crossing_cycles);
  return kMakers[xy.virtual_channels - 1](parameters, xy, area);
}

}  // namespace waferloom::noc
