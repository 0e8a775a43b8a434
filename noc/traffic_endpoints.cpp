// SPDX-License-Identifier: Apache-2.0
#include "noc/traffic_endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/error.hpp"
#include "noc/traffic_table.hpp"

namespace waferloom::noc {

using core::Coordinate;
using core::Cycle;

namespace {

/// Longer than any run; keeps sums of cycles in range.
constexpr double kLongestGap = 0x1p60;

std::uint32_t distance(Coordinate a, Coordinate b) {
  return (a.x > b.x ? a.x - b.x : b.x - a.x) + (a.y > b.y ? a.y - b.y : b.y - a.y);
}

}  // namespace

double Traffic::rate(std::uint32_t node) const {
  return std::min(1.0, mesh.table != nullptr ? load * mesh.table->rate(node) : load);
}

TrafficEndpoints::TrafficEndpoints(std::uint32_t virtual_channels, std::uint32_t buffer_flits,
                                   core::Rectangle area)
    : vcs_(virtual_channels),
      buffer_flits_(buffer_flits),
      area_(area),
      sources_(area.area()),
      credits_(area.area() * vcs_),
      arriving_(area.area() * vcs_),
      timers_(kTimerSlots) {}

void TrafficEndpoints::start(const Traffic& traffic) {
  traffic_ = traffic;
  counts_ = {};
  latencies_ = {};
  active_.clear();
  awaited_ = 0;
  woken_ = traffic.start;
  for (auto& slot : timers_) slot.clear();
  std::fill(credits_.begin(), credits_.end(), static_cast<std::uint8_t>(buffer_flits_));
  std::fill(arriving_.begin(), arriving_.end(), Arriving{});
  for (std::uint32_t node = 0; node < sources_.size(); ++node) {
    const Coordinate at = place(node);
    const std::uint32_t number = at.y * traffic.mesh.width + at.x;
    Source& source = sources_[node];
    source = {};
    source.random = RandomStream(traffic.seed, number);
    const double probability = traffic.rate(number) / traffic.packet_flits;
    if (probability <= 0) continue;
    if (is_timed()) {
      source.births = traffic.mesh.table->births(number);
    } else {
      source.gap_scale = 1.0 / std::log1p(-probability);
    }
    source.next_birth = next_birth(source, traffic.start - 1);
    await_birth(node);
  }
}

Cycle TrafficEndpoints::gap(Source& source) {
  return 1 + static_cast<Cycle>(std::min(kLongestGap, std::log(source.random.real()) * source.gap_scale));
}

Cycle TrafficEndpoints::next_birth(Source& source, Cycle before) const {
  if (!is_timed()) return before + gap(source);
  return source.packets < source.births.size() ? traffic_.start + source.births[source.packets].cycle
                                               : core::kNever;
}

void TrafficEndpoints::await_birth(std::uint32_t node) {
  if (sources_[node].next_birth >= static_cast<Cycle>(kLongestGap)) return;
  timers_[sources_[node].next_birth % kTimerSlots].push_back(node);
  ++awaited_;
}

void TrafficEndpoints::wake(Cycle cycle) {
  // A slot further back was seen already, this time round.
  Cycle from = std::max(woken_, cycle >= kTimerSlots ? cycle - kTimerSlots + 1 : 0);
  for (woken_ = cycle + 1; from <= cycle; ++from) {
    std::vector<std::uint32_t>& slot = timers_[from % kTimerSlots];
    std::size_t kept = 0;
    for (const std::uint32_t node : slot) {
      if (sources_[node].next_birth > cycle) {
        slot[kept++] = node;
      } else {
        list(node);
      }
    }
    awaited_ -= slot.size() - kept;
    slot.resize(kept);
  }
}

void TrafficEndpoints::begin_packet(std::uint32_t node) {
  Source& source = sources_[node];
  const Cycle birth = source.next_birth;
  const Coordinate from = place(node);
  const Coordinate to = is_timed() ? core::place_at({0, 0, traffic_.mesh.width, traffic_.mesh.height},
                                                    source.births[source.packets].destination)
                                   : traffic_.pattern->destination(traffic_.mesh, from, source.random);
  const bool measured = birth >= traffic_.measure && birth < traffic_.measure_end;
  if (measured) {
    ++counts_.measured_begun;
    counts_.measured_hops += distance(from, to);
  }
  source.flit = Flit(to, static_cast<std::uint32_t>(birth), measured);
  source.flits_left = traffic_.packet_flits;
  source.vc = kNotChosen;
  ++source.packets;
  source.next_birth = next_birth(source, birth);
}

std::uint32_t TrafficEndpoints::channel(std::uint32_t node) {
  Source& source = sources_[node];
  const std::uint8_t* credits = &credits_[node * vcs_];
  if (source.vc != kNotChosen) return credits[source.vc] != 0 ? source.vc : kNoChannel;
  for (std::uint32_t i = 1; i <= vcs_; ++i) {
    const std::uint32_t vc = (source.last_vc + i) % vcs_;
    if (credits[vc] == 0) continue;
    source.vc = static_cast<std::uint8_t>(vc);
    source.last_vc = source.vc;
    return vc;
  }
  return kNoChannel;
}

void TrafficEndpoints::receive(std::uint32_t node, std::uint32_t vc, Flit flit, Cycle cycle) {
  Arriving& packet = arriving_[node * vcs_ + vc];
  if (flit.head()) {
    if (packet.flits_left != 0) fail(node, "a head before the last packet's tail", cycle);
    if (place(node) != Coordinate{flit.x(), flit.y()}) fail(node, "a flit for another node", cycle);
    packet = {flit.birth(), traffic_.packet_flits};
  }
  if (packet.flits_left == 0 || packet.birth != flit.birth()) {
    fail(node, "a flit of another packet", cycle);
  }
  if ((--packet.flits_left == 0) != flit.tail()) fail(node, "a tail out of place", cycle);
  ++counts_.flits_received;
  if (cycle >= traffic_.measure && cycle < traffic_.measure_end) ++counts_.flits_in_window;
  if (!flit.tail()) return;
  ++counts_.packets_received;
  if (!flit.measured()) return;
  ++counts_.measured_received;
  latencies_.add(static_cast<std::uint32_t>(cycle) - flit.birth());
}

void TrafficEndpoints::forget_sources(Cycle now) {
  active_.clear();
  for (auto& slot : timers_) slot.clear();
  awaited_ = 0;
  woken_ = now;
}

void TrafficEndpoints::archive(core::State& state, std::uint32_t node) {
  Source& source = sources_[node];
  Source kept = source;
  kept.births = {};
  state(kept);
  kept.births = source.births;  // those of the table, as it was read
  source = kept;
  for (std::uint32_t vc = 0; vc < vcs_; ++vc) state(credits_[node * vcs_ + vc], arriving_[node * vcs_ + vc]);
  if (!state.loads()) return;
  if (source.listed) {
    list(node);
  } else if (source.flits_left == 0) {
    await_birth(node);
  }
}

void TrafficEndpoints::archive_sums(core::State& state, bool takes) {
  TrafficCounts counts = counts_;
  std::vector<LatencyHistogram::Bin> bins;
  if (!state.loads()) bins = latencies_.bins();
  state(counts, bins);
  if (!state.loads() || !takes) return;
  counts_.add(counts);
  for (const LatencyHistogram::Bin& bin : bins) latencies_.add(bin);
}

Cycle TrafficEndpoints::next_cycle(Cycle now) const {
  if (!active_.empty()) return now + 1;
  if (awaited_ == 0) return core::kNever;
  for (Cycle c = now + 1; c < now + kTimerSlots; ++c) {
    if (!timers_[c % kTimerSlots].empty()) return c;
  }
  return now + kTimerSlots;
}

void TrafficEndpoints::list_lags(Cycle now, std::vector<Cycle>& lags) const {
  for (const Source& source : sources_) lags.push_back(now - std::min(source.next_birth, now));
}

bool TrafficEndpoints::all_measured_begun() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [this](const Source& source) { return source.next_birth >= traffic_.measure_end; });
}

void TrafficEndpoints::fail(std::uint32_t node, const char* what, Cycle cycle) const {
  const Coordinate at = place(node);
  throw core::SimulationError(fmt::format("cycle {}: {} arrives at node ({}, {})", cycle, what, at.x, at.y));
}

}  // namespace waferloom::noc
