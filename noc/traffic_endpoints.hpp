// SPDX-License-Identifier: Apache-2.0
// The ends of a packet network at the nodes of a region: sources that generate packets, and sinks that take and
// measure them.
//
// Timing contract:
//   - In each cycle, a node generates a packet with probability rate / packet_flits (Bernoulli). Packets wait
//     in a queue without limit. A node sends at most one flit per cycle into its router, the packets in
//     order; a head takes the next virtual channel in turn that holds a credit.
//   - A flit sent in cycle t arrives at the router in cycle t + 1 + terminal latency; the credit of a flit
//     that the router forwards in cycle t is usable in t + 1 + terminal latency + credit cycles.
//   - Sinks take every flit in the cycle that it arrives. A packet's latency lasts from the cycle of its
//     generation to that of its last flit's arrival at the sink.
//
// No queue is stored: while a node waits with one packet, those behind it exist only as the state of its
// random stream. Nodes without a packet are not visited until their next one is due.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/geometry.hpp"
#include "core/places.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "noc/flit.hpp"
#include "noc/latency_histogram.hpp"
#include "noc/random_stream.hpp"
#include "noc/traffic_pattern.hpp"
#include "noc/traffic_table.hpp"

namespace waferloom::noc {

/// The traffic of a run, the same for all regions.
struct Traffic {
  const TrafficPattern* pattern = nullptr;
  PatternContext mesh;
  double load = 0;  ///< flits per node and cycle; of a table: factor of its rates
  std::uint32_t packet_flits = 1;
  std::uint64_t seed = 1;
  core::Cycle start = 0;  ///< first cycle
  /// Packets generated from `measure` to before `measure_end` are measured, as are flits delivered then.
  core::Cycle measure = 0;
  core::Cycle measure_end = 0;

  /// Flits per cycle that a node generates.
  [[nodiscard]] double rate(std::uint32_t node) const;
};

/// What the ends of a region counted.
struct TrafficCounts {
  std::uint64_t flits_sent = 0;      ///< into routers
  std::uint64_t flits_received = 0;  ///< by sinks
  std::uint64_t packets_received = 0;
  std::uint64_t flits_in_window = 0;    ///< received in the time that is measured
  std::uint64_t measured_begun = 0;     ///< measured packets that began to leave their source
  std::uint64_t measured_received = 0;  ///< and that have arrived
  std::uint64_t measured_hops = 0;      ///< distances of measured packets

  void add(const TrafficCounts& other) {
    flits_sent += other.flits_sent;
    flits_received += other.flits_received;
    packets_received += other.packets_received;
    flits_in_window += other.flits_in_window;
    measured_begun += other.measured_begun;
    measured_received += other.measured_received;
    measured_hops += other.measured_hops;
  }
};

class TrafficEndpoints {
 public:
  TrafficEndpoints(std::uint32_t virtual_channels, std::uint32_t buffer_flits, core::Rectangle area);

  /// Begins a run; forgets what was before.
  void start(const Traffic& traffic);

  /// A slot of the router's queue that the node feeds was freed.
  void credit(std::uint32_t node, std::uint32_t vc) {
    ++credits_[node * vcs_ + vc];
    Source& source = sources_[node];
    if (source.flits_left != 0 && !source.listed) list(node);
  }
  /// A flit arrives at its destination.
  void receive(std::uint32_t node, std::uint32_t vc, Flit flit, core::Cycle cycle);

  /// All sources that can send do: send(node, vc, flit).
  template <class Send>
  void send_all(core::Cycle cycle, Send send) {
    wake(cycle);
    visiting_.swap(active_);
    active_.clear();
    for (const std::uint32_t node : visiting_) {
      Source& source = sources_[node];
      source.listed = false;
      if (source.flits_left == 0) begin_packet(node);
      const std::uint32_t vc = channel(node);
      if (vc == kNoChannel) continue;  // a credit lists it again
      --credits_[node * vcs_ + vc];
      Flit flit = source.flit;
      if (source.flits_left == traffic_.packet_flits) flit.mark_head();
      if (--source.flits_left == 0) flit.mark_tail();
      ++counts_.flits_sent;
      send(node, vc, flit);
      finish_visit(node, cycle);
    }
  }
  /// Next cycle in which a source may act, core::kNever if none.
  [[nodiscard]] core::Cycle next_cycle(core::Cycle now) const;

  [[nodiscard]] const TrafficCounts& counts() const { return counts_; }
  [[nodiscard]] const LatencyHistogram& latencies() const { return latencies_; }
  /// Appends for each node the cycles by which its queue lags behind `now`: the age of its first packet.
  void list_lags(core::Cycle now, std::vector<core::Cycle>& lags) const;
  /// Whether every measured packet of the region's sources has begun to leave.
  [[nodiscard]] bool all_measured_begun() const;
  /// Packets that a node began to send.
  [[nodiscard]] std::uint64_t packets_begun(std::uint32_t node) const { return sources_[node].packets; }

  /// See PacketRouterArray; before all nodes are read, forget_sources().
  void forget_sources(core::Cycle now);
  void archive(core::State& state, std::uint32_t node);
  void archive_sums(core::State& state, bool takes);

 private:
  static constexpr std::uint32_t kNoChannel = 0xffffffff;
  static constexpr std::uint8_t kNotChosen = 0xff;
  static constexpr std::size_t kTimerSlots = 1024;  // a power of two

  struct Source {
    RandomStream random;
    std::span<const TrafficTable::Birth> births;  ///< of a timed table
    core::Cycle next_birth = core::kNever;
    double gap_scale = 0;  ///< 1 / log(1 - probability of a packet)
    Flit flit{};           ///< of the packet that is being sent
    std::uint32_t flits_left = 0;
    std::uint32_t packets = 0;
    std::uint8_t vc = kNotChosen;
    std::uint8_t last_vc = 0;
    bool listed = false;
  };
  /// The packet that arrives on a virtual channel.
  struct Arriving {
    std::uint32_t birth = 0;
    std::uint32_t flits_left = 0;
  };

  void list(std::uint32_t node) {
    sources_[node].listed = true;
    active_.push_back(node);
  }
  void wake(core::Cycle cycle);
  void begin_packet(std::uint32_t node);
  void finish_visit(std::uint32_t node, core::Cycle cycle) {
    Source& source = sources_[node];
    if (source.flits_left != 0 || source.next_birth <= cycle + 1) {
      list(node);
    } else {
      await_birth(node);
    }
  }
  void await_birth(std::uint32_t node);
  /// When the source makes the packet after `before`; its first one: before the first cycle.
  [[nodiscard]] core::Cycle next_birth(Source& source, core::Cycle before) const;
  [[nodiscard]] std::uint32_t channel(std::uint32_t node);
  [[nodiscard]] bool is_timed() const {
    return traffic_.mesh.table != nullptr && traffic_.mesh.table->timed();
  }
  [[nodiscard]] static core::Cycle gap(Source& source);
  [[nodiscard]] core::Coordinate place(std::uint32_t node) const { return core::place_at(area_, node); }
  [[noreturn]] void fail(std::uint32_t node, const char* what, core::Cycle cycle) const;

  std::uint32_t vcs_;
  std::uint32_t buffer_flits_;
  core::Rectangle area_;
  Traffic traffic_;
  std::vector<Source> sources_;
  std::vector<std::uint8_t> credits_;  ///< per node and virtual channel
  std::vector<Arriving> arriving_;     ///< per node and virtual channel
  std::vector<std::uint32_t> active_;
  std::vector<std::uint32_t> visiting_;
  /// Nodes whose next packet is due in a cycle of that slot, this time round or a later one.
  std::vector<std::vector<std::uint32_t>> timers_;
  std::uint64_t awaited_ = 0;
  core::Cycle woken_ = 0;  ///< timers up to before this cycle are done
  TrafficCounts counts_;
  LatencyHistogram latencies_;
};

}  // namespace waferloom::noc
