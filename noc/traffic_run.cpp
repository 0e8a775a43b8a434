// SPDX-License-Identifier: Apache-2.0
#include "noc/traffic_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "noc/traffic_pattern.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::noc {

using core::Cycle;

namespace {

/// Simulated between looks at the clock, the stop flag and the drain.
constexpr Cycle kChunk = 100;

/// Standard deviation of the time that a source without backlog may lie behind or ahead over `window` cycles by
/// chance: of as many packets as come on average, with gaps of Bernoulli's trials.
double chance(double rate, std::uint32_t packet_flits, Cycle window) {
  const double probability = rate / packet_flits;
  return std::sqrt(static_cast<double>(window) * (1 - probability) / probability);
}

/// Whether the queues of sources grow over `window` cycles: on average, or a single one by more than chance
/// explains.
bool queues_grow(const Traffic& traffic, const std::vector<Cycle>& before, const std::vector<Cycle>& after,
                 Cycle window) {
  constexpr double kDeviations = 5;
  const double allowed = kUnstableGrowth * static_cast<double>(window);
  double growth = 0;
  std::size_t sources = 0;
  for (std::uint32_t node = 0; node < before.size(); ++node) {
    const double rate = traffic.rate(node);
    if (rate <= 0) continue;
    const double own = static_cast<double>(after[node]) - static_cast<double>(before[node]);
    if (own > allowed + kDeviations * chance(rate, traffic.packet_flits, window)) return true;
    growth += own;
    ++sources;
  }
  return growth > allowed * static_cast<double>(sources);
}

}  // namespace

TrafficRunner::TrafficRunner(const NetworkParameters& network, double clock_hz,
                             const core::SimulationParameters& simulation, const TrafficParameters& traffic,
                             std::uint64_t seed, const ranks::Share* share)
    : fabric_(network.mesh),
      parameters_(traffic),
      max_cycles_(simulation.max_cycles),
      seed_(seed),
      team_(share == nullptr ? nullptr : &share->ranks) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  load_table(traffic);
  // Never destroyed, as the wafer of a trace's replay: see wafer/wavelet/simulation.cpp.
  mesh_ = std::make_unique<Mesh>("mesh", network, clock_hz, simulation, share).release();
}

TrafficRunner::~TrafficRunner() = default;

void TrafficRunner::load_table(const TrafficParameters& p) {
  if (p.table == table_of_.table && p.table_format == table_of_.table_format &&
      p.packet_flits == table_of_.packet_flits) {
    return;
  }
  table_of_ = p;
  table_ = p.table.empty() ? nullptr
                           : std::make_unique<TrafficTable>(TrafficTable::read_file(
                                 p.table, fabric_.width * fabric_.height, {p.table_format, p.packet_flits}));
}

Traffic TrafficRunner::traffic_of(const TrafficParameters& p) const {
  Traffic traffic;
  traffic.pattern = find_traffic_pattern(p.pattern);
  if (traffic.pattern == nullptr) {
    throw core::config::KeyError({"traffic.pattern"},
                                 fmt::format("expected the name of a pattern, got {}", p.pattern));
  }
  if (traffic.pattern->square && fabric_.width != fabric_.height) {
    throw core::config::KeyError({"traffic.pattern", "fabric.width", "fabric.height"},
                                 fmt::format("expected a square mesh for {}, got {} x {} nodes", p.pattern,
                                             fabric_.width, fabric_.height));
  }
  const bool from_table = p.pattern == kTablePattern;
  if (from_table && table_ == nullptr) {
    throw core::config::KeyError({"traffic.table", "traffic.pattern"},
                                 "expected a file for the pattern table, got none");
  }
  traffic.mesh = {fabric_.width,
                  fabric_.height,
                  {p.hotspot_x, p.hotspot_y},
                  p.hotspot_share,
                  from_table ? table_.get() : nullptr};
  traffic.load = p.load;
  traffic.packet_flits = p.packet_flits;
  traffic.seed = seed_;
  return traffic;
}

double TrafficRunner::offered(const TrafficParameters& p, const Traffic& traffic) const {
  // A mean of equal numbers is rounded.
  if (p.pattern != kTablePattern) return p.load;
  double total = 0;
  const std::uint32_t nodes = fabric_.width * fabric_.height;
  if (table_->timed()) {
    const auto is_measured = [&](const TrafficTable::Birth& birth) {
      const Cycle at = traffic.start + birth.cycle;
      return at >= traffic.measure && at < traffic.measure_end;
    };
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const auto births = table_->births(node);
      total += static_cast<double>(std::count_if(births.begin(), births.end(), is_measured));
    }
    return total * traffic.packet_flits / nodes / static_cast<double>(traffic.measure_end - traffic.measure);
  }
  for (std::uint32_t node = 0; node < nodes; ++node) total += traffic.rate(node);
  return total / nodes;
}

/// Whether the queues have grown since cycle `since`, when they were as `standing_` says. Where they grow without end,
/// waiting says nothing more; packets of a timed table come to an end.
void TrafficRunner::watch_queues(const Traffic& traffic, Cycle since) {
  const Cycle now = mesh_->now();
  std::vector<Cycle> lags = mesh_->lags();
  const bool timed = traffic.mesh.table != nullptr && traffic.mesh.table->timed();
  standing_.grows = !timed && queues_grow(traffic, standing_.lags, lags, now - since);
  standing_.lags = std::move(lags);
  standing_.watched = now;
}

TrafficResult TrafficRunner::run(double load, const std::atomic<bool>& stop) {
  TrafficParameters parameters = parameters_;
  parameters.load = load;
  return run(parameters, stop);
}

Traffic TrafficRunner::begin(const TrafficParameters& p) {
  load_table(p);
  Traffic traffic = traffic_of(p);
  const bool goes_on = keeper_ != nullptr && keeper_->resumes();
  Cycle now = mesh_->now();
  standing_ = {};
  standing_.begin = now;
  if (goes_on) take_up(now);
  traffic.start = standing_.begin;
  traffic.measure = traffic.start + p.warmup_cycles;
  traffic.measure_end = traffic.measure + p.sample_cycles * p.samples;
  if (goes_on) {
    mesh_->take_up(traffic, now, *keeper_);
    keeper_->forget();
  } else {
    mesh_->start(traffic);
  }
  return traffic;
}

TrafficResult TrafficRunner::run(const TrafficParameters& p, const std::atomic<bool>& stop) {
  if (keeper_ != nullptr && keeper_->resumes() && told_ == 0) {
    Cycle now = 0;
    take_up(now);
  }
  if (told_ < ended_.size()) return ended_[told_++];
  const core::Stopwatch start;
  const Traffic traffic = begin(p);
  if (keeper_ != nullptr) keeper_->start(mesh_->now());
  if (standing_.stage == Stage::warmup) {
    advance(traffic.measure, stop);
    standing_.lags = mesh_->lags();
    standing_.stage = Stage::measurement;
  }
  if (standing_.stage == Stage::measurement) {
    advance(traffic.measure_end, stop);
    standing_.stage = Stage::drain;
    standing_.stretch = traffic.measure_end - traffic.measure;
    watch_queues(traffic, traffic.measure);
  }
  const Cycle last = traffic.measure_end + p.drain_cycles;
  const auto arrived = [&] {
    const TrafficCounts counts = mesh_->counts();
    return mesh_->all_measured_begun() && counts.measured_received == counts.measured_begun;
  };
  while (!standing_.grows && mesh_->now() < last && !arrived()) {
    if (mesh_->now() - standing_.watched >= standing_.stretch) {
      watch_queues(traffic, standing_.watched);
      standing_.stretch *= 2;
      continue;
    }
    advance(std::min(last, mesh_->now() + kChunk), stop);
  }
  check_conservation();
  TrafficResult result = result_of(p, traffic, arrived());
  result.simulation_s = start.seconds();
  if (keeper_ != nullptr) {
    ended_.push_back(result);
    told_ = ended_.size();
  }
  return result;
}

TrafficResult TrafficRunner::result_of(const TrafficParameters& p, const Traffic& traffic,
                                       bool has_arrived) const {
  TrafficResult result;
  const double nodes = static_cast<double>(fabric_.width) * fabric_.height;
  const Cycle window = traffic.measure_end - traffic.measure;
  const TrafficCounts counts = mesh_->counts();
  const LatencyHistogram latencies = mesh_->latencies();
  result.load = p.load;
  result.offered = offered(p, traffic);
  result.accepted = static_cast<double>(counts.flits_in_window) / nodes / static_cast<double>(window);
  result.unstable = standing_.grows || !has_arrived;
  result.packets = counts.measured_received;
  result.lost = counts.measured_begun - counts.measured_received;
  result.latency_mean = latencies.mean();
  result.latency_p50 = latencies.percentile(0.50);
  result.latency_p95 = latencies.percentile(0.95);
  result.latency_p99 = latencies.percentile(0.99);
  result.latency_most = latencies.percentile(1.0);
  result.hops_mean = counts.measured_begun == 0 ? 0
                                                : static_cast<double>(counts.measured_hops) /
                                                      static_cast<double>(counts.measured_begun);
  result.hops = mesh_->hops();
  result.flits = counts.flits_received;
  result.cycles = mesh_->now() - standing_.begin;
  if (result.cycles != 0) {
    result.busiest_link = static_cast<double>(mesh_->busiest_link()) / static_cast<double>(result.cycles);
  }
  result.links = mesh_->sent();
  return result;
}

void TrafficRunner::archive(core::State& state, Cycle& now) { state(now, standing_, ended_); }

void TrafficRunner::take_up(Cycle& now) {
  const std::vector<std::byte> bytes = keeper_->books();
  core::State state(bytes);
  archive(state, now);
}

void TrafficRunner::keep_if_due(bool stops) {
  if (keeper_ == nullptr || !keeper_->writes()) return;
  const bool leads = team_ == nullptr || team_->leads();
  bool is_due = leads && keeper_->due(mesh_->now(), stops);
  if (team_ != nullptr) {
    ranks::Packer own;
    own.put(is_due);
    const ranks::Bytes said = ranks::broadcast(*team_, own.take());
    is_due = ranks::Unpacker(said).get<bool>();
  }
  if (!is_due) return;
  std::vector<checkpoint::Section> sections;
  if (leads) {
    core::State books;
    Cycle now = mesh_->now();
    archive(books, now);
    sections.push_back({checkpoint::Kind::books, {}, books.take()});
  }
  mesh_->keep(sections);
  ranks::on_all(team_, [&] { keeper_->keep(mesh_->now(), sections); });
}

void TrafficRunner::advance(Cycle cycle, const std::atomic<bool>& stop) {
  while (mesh_->now() < cycle) {
    const bool stops = team_ == nullptr ? stop.load() : !ranks::hold_on_all(*team_, !stop.load());
    if (stops && (keeper_ == nullptr || !keeper_->writes())) {
      ranks::on_all(team_, [&] { throw core::InterruptedError(mesh_->now() - standing_.begin); });
    }
    if (max_cycles_ != 0 && mesh_->now() - standing_.begin >= max_cycles_) {
      throw core::SimulationError(
          fmt::format("simulation.max_cycles: expected an end within {} cycles, got none", max_cycles_));
    }
    Cycle next = std::min(cycle, mesh_->now() + kChunk);
    if (max_cycles_ != 0) next = std::min(next, standing_.begin + max_cycles_);
    mesh_->run_until(next);
    keep_if_due(stops);
  }
}

void TrafficRunner::check_conservation() const {
  const TrafficCounts counts = mesh_->counts();
  const std::uint64_t held = mesh_->flits_held();
  if (counts.flits_sent == counts.flits_received + held) return;
  throw core::SimulationError(fmt::format("{} flits were sent, but {} arrived and {} are under way",
                                          counts.flits_sent, counts.flits_received, held));
}

const TrafficResult* saturation_of(const std::vector<TrafficResult>& loads) {
  double limit = std::numeric_limits<double>::infinity();
  for (const TrafficResult& each : loads) {
    if (each.unstable) limit = std::min(limit, each.load);
  }
  const TrafficResult* found = nullptr;
  for (const TrafficResult& each : loads) {
    if (each.load < limit && (found == nullptr || each.load > found->load)) found = &each;
  }
  return found;
}

std::vector<TrafficResult> find_saturation(TrafficRunner& runner, double tolerance, std::uint32_t curve,
                                           const std::atomic<bool>& stop,
                                           const std::function<void(const TrafficResult&)>& report) {
  std::vector<TrafficResult> results;
  const auto stable = [&](double load) {
    results.push_back(runner.run(load, stop));
    if (report) report(results.back());
    return !results.back().unstable;
  };
  double low = 0;
  double high = 1;
  if (stable(high)) {
    low = high;
  } else {
    while (high - low > tolerance) {
      const double middle = (low + high) / 2;
      (stable(middle) ? low : high) = middle;
    }
  }
  for (std::uint32_t i = 1; low > 0 && i <= curve; ++i) {
    const double load = low * i / (curve + 1);
    const auto is_it = [&](const TrafficResult& each) { return each.load == load; };
    if (std::none_of(results.begin(), results.end(), is_it)) (void)stable(load);
  }
  return results;
}

}  // namespace waferloom::noc
