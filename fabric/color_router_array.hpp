// SPDX-License-Identifier: Apache-2.0
// Router model `color`: the router of the WSE as documents, a patent and measurements describe it.
//
// Contract: fabric/router_array.hpp. In addition:
//   - Each color has one static route per router: a set of inputs and a set of outputs, with up to four
//     switch positions that control wavelets advance after they have passed.
//   - Multicast: a wavelet is copied to every output of its route; branches may leave in different cycles,
//     and the queue entry is freed once all have left.
//   - One wavelet per cycle and output; colors that want the same output take turns (round robin; the
//     hardware's rule is not documented).
//   - Backpressure per output and color by credits: 2 entries per color and input [patent], queue_depth.
//   - Two inputs that present wavelets of one color in one cycle are an error of the routing
//     (core::SimulationError), as no arbiter for them exists.
//   - A wavelet takes up its link for as many cycles as the link's width and time need, and arrives with its last
//     bits. Where that is no whole number (1.125), the link keeps count: what it is ahead of a cycle's start is
//     owed by the next wavelet that finds it just free, so that B wavelets in a row take B times as long.
//   - A turn (fabric.turn_latency) makes the hop behind it longer; what follows on the same color does not overtake.
//   - A link of latency l holds up to l - 1 wavelets besides the queue at its end, so that latency costs no
//     bandwidth.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/lists/ahead.hpp"
#include "core/lists/cycle_lists.hpp"
#include "fabric/router_array.hpp"

namespace waferloom::fabric {

class ColorRouterArray final : public RouterArray {
 public:
  /// `area`: the region's tiles on the wafer.
  ColorRouterArray(const sc_core::sc_module_name& name, const FabricParameters& parameters,
                   const core::Rectangle& area);

  void join_region(core::Direction edge, const core::Rectangle& far) override;
  void join_channel(std::uint32_t tile, core::Direction towards, int channel) override;
  void set_route(std::uint32_t tile, core::Color color, const Route& route) override;

  [[nodiscard]] std::uint32_t ramp(std::uint32_t tile, core::Color color) const override;
  void bind_input(std::uint32_t ramp, std::uint32_t queue, std::uint32_t slots) override;
  void bind_output(std::uint32_t ramp, std::uint32_t queue) override;
  void inject(std::uint32_t ramp, std::uint32_t data, bool control, core::Cycle arrival) override;
  void return_input_credit(std::uint32_t ramp) override;
  void arrive(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet) override;
  void return_credit(std::uint32_t tile, core::Direction output, core::Color color) override;

  void begin_cycle(core::Cycle cycle) override;
  void step(core::Cycle cycle) override;
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now) const override;

  [[nodiscard]] std::array<std::uint64_t, core::kDirections> sent(std::uint32_t tile) const override;
  [[nodiscard]] std::vector<Sent> sent_by_all() const override;
  [[nodiscard]] std::uint64_t hops() const override { return hops_; }
  [[nodiscard]] std::vector<BlockedQueue> blocked() const override;
  [[nodiscard]] core::DirectionSet inputs(std::uint32_t tile, core::Color color) const override;
  [[nodiscard]] RouterView view(std::uint32_t tile) const override;
  void list_queues(std::uint32_t tile, std::vector<QueueView>& queues) const override;
  [[nodiscard]] std::uint32_t queued(std::uint32_t tile, core::Color color) const override;
  void archive(core::State& state, std::uint32_t tile) override;
  void archive_between(core::State& state, const core::Rectangle& of, core::Cycle now) override;

 private:
  void end_of_elaboration() override { pe_ = pes[0]; }

  static constexpr std::uint8_t kNoInput = 0xff;
  static constexpr std::uint8_t kNoRing = 0xff;
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint32_t kBoundary = 0xfffffffe;
  static constexpr std::size_t kFlightSlots = core::kMostCyclesAhead + 1;  // a power of two
  static constexpr std::size_t kCacheLine = 64;
  static constexpr unsigned kFractionBits = 24;  ///< of a cycle, of links' times

  /// A queued wavelet without its color, which its queue implies.
  struct Entry {
    std::uint32_t data;
    std::uint32_t control;
  };

  /// One color at one router; exists only where a route was set. All that a hop touches, in one cache line.
  struct alignas(kCacheLine) ColorState {
    std::uint32_t router = 0;   ///< in routers_
    std::uint32_t entries = 0;  ///< index in entries_ of its rings
    /// The same color at each neighbour: an index in states_, kBoundary, or kNone where there is none.
    std::array<std::uint32_t, core::kNeighbours> there{kNone, kNone, kNone, kNone};
    std::uint64_t popped = 0;  ///< wavelets that have left through all outputs of tx
    std::uint8_t rx = 0;
    std::uint8_t tx = 0;
    std::uint8_t head_input = kNoInput;  ///< input whose front wavelet is being sent
    std::uint8_t pending = 0;            ///< outputs that the front wavelet has yet to leave through
    std::uint8_t position = 0;
    core::Color color = 0;
    bool switches = false;  ///< control wavelets concern this router
    /// The only input, where each wavelet goes on through one output: most of all states.
    std::uint8_t straight = kNoInput;
    std::array<std::uint8_t, core::kDirections> count{};
    std::array<std::uint8_t, core::kDirections> front{};
    std::array<std::uint8_t, core::kDirections> credits{};
    std::array<std::uint8_t, core::kDirections> ring{kNoRing, kNoRing, kNoRing, kNoRing, kNoRing};
    std::array<std::uint8_t, core::kNeighbours> extra_latency{};  ///< of the links, beyond a hop's

    /// After rx or tx has changed.
    void settle() {
      straight = std::has_single_bit(rx) && std::has_single_bit(tx)
                     ? static_cast<std::uint8_t>(std::countr_zero(rx))
                     : kNoInput;
    }
  };
  static_assert(sizeof(ColorState) == kCacheLine);

  /// The PE's queues of a color.
  struct PeQueues {
    std::uint32_t input = core::kNoRamp;
    std::uint32_t output = core::kNoRamp;
  };

  /// The same color's state that is seldom needed.
  struct ColdState {
    Route route;
    std::array<std::uint64_t, core::kDirections>
        sent_before{};  ///< through routes of earlier switch positions
  };

  struct alignas(kCacheLine) RouterState {
    std::array<std::uint32_t, core::kDirections> want{};    ///< colors whose front wavelet goes out here
    std::array<std::uint32_t, core::kDirections> credit{};  ///< colors that have a credit here
    std::array<std::uint8_t, core::kDirections> last{};     ///< color served last, for round robin
    std::uint8_t ready = 0;  ///< outputs that some color wants and has a credit of
    std::uint8_t busy = 0;   ///< outputs whose link still carries a wavelet
    bool listed = false;     ///< on the active list
    std::uint32_t tile = 0;

    /// After `want` or `credit` of an output has changed.
    void settle(std::size_t output) {
      const std::uint32_t is_ready = (want[output] & credit[output]) != 0 ? 1 : 0;
      ready = static_cast<std::uint8_t>((ready & ~(1U << output)) | is_ready << output);
    }
    /// Likewise, of an output that was ready.
    void settle_ready(std::size_t output) {
      const std::uint32_t is_over = (want[output] & credit[output]) == 0 ? 1 : 0;
      ready = static_cast<std::uint8_t>(ready ^ is_over << output);
    }
    /// A color wants the output that did not.
    void add_want(std::size_t output, std::uint32_t bit) {
      want[output] |= bit;
      const std::uint32_t is_ready = (credit[output] & bit) != 0 ? 1 : 0;
      ready = static_cast<std::uint8_t>(ready | is_ready << output);
    }
    /// Outputs through which a wavelet can leave now.
    [[nodiscard]] std::uint32_t free_outputs() const { return ready & ~std::uint32_t{busy}; }
  };

  struct Port {
    std::uint32_t neighbour = kNone;  ///< tile of this region, or kBoundary
    std::uint32_t extra_latency = 0;
    EdgeLink* link = nullptr;
    std::uint32_t far = 0;  ///< tile of the region beyond
  };
  /// A router's port that leads to an I/O channel.
  struct ChannelPort {
    std::uint32_t tile;
    core::Direction towards;
    int channel;
  };

  struct Flight {
    std::uint32_t state;
    std::uint32_t data;
    std::uint8_t input;
    bool control;
  };

  /// A link that becomes free.
  struct Release {
    std::uint32_t router;
    std::uint8_t output;
  };

  /// That a state gets for an output.
  struct Credit {
    std::uint32_t state;
    std::uint8_t output;
  };

  struct Move {
    std::uint32_t state;
    std::uint8_t output;
    bool last;  ///< of its router in this cycle
  };

  [[nodiscard]] std::uint32_t find(std::uint32_t tile, core::Color color) const {
    const std::uint32_t router = router_of_[tile];
    return router == kNone ? kNone : rows_[router][color];
  }
  /// The front wavelet of an input that has some.
  [[nodiscard]] Entry& front(const ColorState& state, std::size_t input) {
    return entries_[state.entries + state.ring[input] * ring_ + state.front[input]];
  }
  Entry take_front(ColorState& state, std::size_t input) {
    const Entry entry = front(state, input);
    state.front[input] =
        static_cast<std::uint8_t>(state.front[input] + 1U == ring_ ? 0 : state.front[input] + 1);
    --state.count[input];
    ++state.popped;
    return entry;
  }
  void put_last(ColorState& state, std::size_t input, Entry entry) {
    std::uint32_t slot = std::uint32_t{state.front[input]} + state.count[input];
    if (slot >= ring_) slot -= ring_;
    entries_[state.entries + state.ring[input] * ring_ + slot] = entry;
    ++state.count[input];
  }
  [[nodiscard]] const Port& port(std::uint32_t router, std::size_t direction) const {
    return ports_[std::size_t{router} * core::kNeighbours + direction];
  }
  /// Where a tile's port leads.
  [[nodiscard]] Port make_port(std::uint32_t tile, core::Direction towards);
  [[nodiscard]] std::uint32_t make_router(std::uint32_t tile);
  void check_route(std::uint32_t tile, core::Color color, const Route& route);
  void make_rings(ColorState& state, const Route& route);
  void join_neighbours(std::uint32_t index);
  void activate(std::uint32_t router) { activate(router, routers_[router]); }
  void activate(std::uint32_t router, RouterState& state) {
    if (state.listed) return;
    state.listed = true;
    active_.push_back(router);
  }
  // What comes a few wavelets later is fetched into the caches: most of it has not been touched for a cycle.
  void prefetch_queue(const ColorState& state) const {
    __builtin_prefetch(&routers_[state.router], 1);
    __builtin_prefetch(&entries_[state.entries], 1);  // the slot is near enough where it is not the one
  }
  void prefetch_move(Move move, const ColorState& state) const {
    prefetch_queue(state);
    constexpr std::size_t kToPe = core::index_of(core::Direction::ramp);
    if (move.output == kToPe || state.straight == kToPe) __builtin_prefetch(&pe_queues_[move.state]);
  }
  /// What a state has sent.
  void add_sent(std::uint32_t index, std::array<std::uint64_t, core::kDirections>& totals) const;
  void enqueue(std::uint32_t index, std::uint8_t input, Entry entry);
  /// Likewise, at the input of a state that is straight.
  [[gnu::always_inline]] void enqueue_straight(ColorState& state, RouterState& router, Entry entry);
  void present(ColorState& state, std::uint8_t input);
  void select_front(ColorState& state);
  void decide(std::uint32_t router);
  // State and router are handed on: stores of bytes, of which both have many, could change pointers that lie in memory,
  // which would be read again.
  [[gnu::always_inline]] void move_on(Move move, ColorState& state, RouterState& router, core::Cycle cycle);
  void commit(Move move, core::Cycle cycle);
  /// Likewise, of a state that is straight, and a wavelet that switches nothing.
  [[gnu::always_inline]] void commit_straight(Move move, ColorState& state, RouterState& router,
                                              core::Cycle cycle);
  /// The wavelet, the first of the state's queue, leaves through the move's output.
  [[gnu::always_inline]] void forward(Move move, const ColorState& state, std::uint8_t input, Entry entry,
                                      core::Cycle cycle);
  /// Whoever sent what has left the queue of an input may send again.
  [[gnu::always_inline]] void return_slot(std::uint32_t index, const ColorState& state, std::uint8_t input,
                                          core::Cycle cycle);
  /// Credits are given together: one by one each would wait for memory.
  void give_credits();
  /// A wavelet takes up a link whose time is more than a cycle; in how many cycles its last bits have left.
  [[nodiscard]] core::Cycle occupy(std::uint32_t router, std::size_t output, core::Cycle cycle);
  /// The cycle in which a wavelet sent now arrives, where hops are not simple; `arrival`: over a free link, without a
  /// turn.
  [[nodiscard]] core::Cycle late_arrival(Move move, std::uint8_t input, core::Cycle cycle,
                                         core::Cycle arrival);
  void send_beyond(const ColorState& state, std::size_t output, Entry entry, core::Cycle arrival);
  void pop(std::uint32_t index, core::Cycle cycle);
  void obey(std::uint32_t index, std::uint32_t commands);
  void give_credit(ColorState& state, std::size_t output) {
    if (state.credits[output]++ == 0) grant(state, output);
  }
  /// It had no credit before.
  void grant(const ColorState& state, std::size_t output);
  [[noreturn]] void fail_unrouted(std::uint32_t tile, core::Color color, std::uint8_t input) const;
  [[noreturn]] void fail_two_inputs(const ColorState& state, std::uint8_t second) const;
  [[nodiscard]] std::uint32_t link_capacity(const Port& port) const {
    return depth_ + hop_latency_ + port.extra_latency - 1;
  }
  /// What a link holds besides for the sake of a color that turns into it.
  [[nodiscard]] std::uint32_t turn_capacity(const Route& route, std::size_t output) const;

  std::uint32_t depth_;
  std::uint32_t hop_latency_;
  std::uint32_t turn_latency_;
  std::uint64_t link_time_;   ///< for which a wavelet takes up a link, fixed point
  std::uint64_t link_slack_;  ///< by which a wavelet may have been due before the cycle in which it came
  bool links_are_slow_;       ///< it is more than a cycle
  bool hops_are_simple_;      ///< every wavelet takes a cycle of a link, and the same time
  std::uint32_t ring_;        ///< entries per input: the queue and what the longest link may hold besides
  std::uint32_t colors_;
  FabricParameters mesh_;
  core::Rectangle area_;
  std::array<core::Rectangle, core::kNeighbours>
      beyond_{};  ///< regions beyond the edges; empty where there is none
  std::vector<ChannelPort> channels_;
  std::vector<std::uint32_t> router_of_;  ///< by tile; kNone: it has no route
  // Of the routers that have a route, in the order in which they got their first.
  std::vector<RouterState> routers_;
  std::vector<Port> ports_;
  std::vector<std::uint64_t> link_free_;  ///< by port, fixed point: where links are slow
  /// By state and output, where turns take time: when the last wavelet has arrived or will.
  std::vector<std::array<core::Cycle, core::kNeighbours>> arrived_;
  std::vector<std::array<std::uint32_t, core::kMaxColors>> rows_;  ///< color -> index in states_
  std::vector<std::uint32_t> row_colors_;                          ///< a bit for each color that has a route
  std::vector<ColorState> states_;
  std::vector<ColdState> cold_;  ///< parallel to states_
  std::vector<PeQueues> pe_queues_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> active_;
  std::vector<std::uint32_t> visiting_;
  std::vector<Move> moves_;
  std::vector<core::Delivery> deliveries_;  ///< to PEs, of this cycle
  std::vector<std::uint32_t> sent_queues_;  ///< of PEs, of which a wavelet has left the router
  std::vector<Credit> credits_;             ///< that are still to be given in this cycle
  bool collects_ = false;                   ///< the PEs act: their credits are given when all have
  core::CycleLists<Flight, kFlightSlots> flights_;
  core::CycleLists<Release, kFlightSlots> releases_;  ///< links that become free
  std::uint64_t in_flight_ = 0;                       ///< wavelets and releases
  core::Cycle cycle_ = 0;
  std::uint64_t hops_ = 0;
  core::PeRamp* pe_ = nullptr;  ///< what is bound to `pes`
};

}  // namespace waferloom::fabric
