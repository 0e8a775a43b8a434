// SPDX-License-Identifier: Apache-2.0
#include "tests/property/balance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>

#include "results/timeline/phases.hpp"
#include "trace/names.hpp"
#include "trace/statistics.hpp"

namespace waferloom::property {

namespace {

using wafer::GroupResult;
using wafer::TileResult;

constexpr double kRounding = 1e-9;  // relative: of sums of doubles in another order

/// Collects what is wrong.
class Ledger {
 public:
  void equal(std::string_view what, std::uint64_t a, std::uint64_t b) {
    if (a != b) wrong_.push_back(fmt::format("{}: {} against {}", what, a, b));
  }
  void near(std::string_view what, double a, double b) {
    if (std::abs(a - b) > kRounding * std::max(std::abs(a), std::abs(b)) || std::isnan(a - b)) {
      wrong_.push_back(fmt::format("{}: {} against {}", what, a, b));
    }
  }
  void at_most(std::string_view what, double value, double most) {
    if (!(value <= most + kRounding * std::max(1.0, std::abs(most)))) {
      wrong_.push_back(fmt::format("{}: {} is more than {}", what, value, most));
    }
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(wrong_); }

 private:
  std::vector<std::string> wrong_;
};

std::string name_of(const GroupResult& group) {
  return fmt::format("{}.{}.{}", static_cast<std::int32_t>(group.group.layer),
                     trace::name_of(group.group.phase), group.group.operation);
}

template <class Items, class Get>
auto sum_of(const Items& items, const Get& get) {
  decltype(get(*items.begin())) sum{};
  for (const auto& item : items) sum += get(item);
  return sum;
}

void check_shares(Ledger& ledger, const std::string& name, const wafer::Shares& shares) {
  ledger.at_most(name + ": shares of a PE", shares.pe(), 1);
  for (std::size_t i = 0; i < shares.values.size(); ++i) {
    ledger.at_most(fmt::format("{}: share {}", name, i), shares.values[i], 1);
    ledger.at_most(fmt::format("{}: 0 against share {}", name, i), 0, shares.values[i]);
  }
}

void check_groups(Ledger& ledger, const RunToCheck& run) {
  const wafer::RunResult& r = run.result;
  for (const GroupResult& group : r.groups) {
    check_shares(ledger, name_of(group), group.shares);
    ledger.at_most(name_of(group) + ": start", static_cast<double>(group.start),
                   static_cast<double>(group.end));
    ledger.at_most(name_of(group) + ": end", static_cast<double>(group.end), static_cast<double>(r.cycles));
  }
  ledger.equal("multiply-accumulates of the groups and of the run",
               sum_of(r.groups, [](const GroupResult& g) { return g.group.macs; }), r.macs);
  ledger.equal("hops of the groups and of the run",
               sum_of(r.groups, [](const GroupResult& g) { return g.hops; }), r.hops);
  ledger.equal("bytes in of the groups and of the run",
               sum_of(r.groups, [](const GroupResult& g) { return g.group.bytes_in; }),
               core::kWaveletBytes * r.words_in);
  ledger.equal("bytes out of the groups and of the run",
               sum_of(r.groups, [](const GroupResult& g) { return g.group.bytes_out; }),
               core::kWaveletBytes * r.words_out);
}

void check_trace(Ledger& ledger, const RunToCheck& run) {
  trace::Statistics statistics;
  for (const trace::Record& record : run.trace.records) statistics.add(record);
  const trace::Totals& total = statistics.total();
  ledger.equal("multiply-accumulates of the trace and of the run", total.macs, run.result.macs);
  ledger.equal("bytes in of the trace and of the run", total.bytes_in,
               core::kWaveletBytes * run.result.words_in);
  ledger.equal("bytes out of the trace and of the run", total.bytes_out,
               core::kWaveletBytes * run.result.words_out);
}

void check_tiles(Ledger& ledger, const RunToCheck& run) {
  const wafer::RunResult& r = run.result;
  const wafer::Hardware& hardware = run.scenario.hardware;
  const auto cycles = static_cast<double>(r.cycles);
  for (const TileResult& tile : r.tiles) {
    const std::string name = fmt::format("tile {} {}", tile.at.x, tile.at.y);
    ledger.at_most(name + ": busy cycles", static_cast<double>(tile.busy_cycles), cycles);
    ledger.at_most(name + ": SRAM", tile.sram_high_water,
                   hardware.pe.sram_bytes - hardware.pe.reserved_bytes);
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      ledger.at_most(name + ": cycles of a link",
                     static_cast<double>(tile.sent[d]) * hardware.fabric.link_cycles(), cycles + 1);
    }
  }
  ledger.equal("wavelets of the PEs and of the run, put in",
               sum_of(r.tiles, [](const TileResult& t) { return t.injected; }) + r.words_in,
               r.wavelets_injected);
  ledger.equal("wavelets of the PEs and of the run, taken out",
               sum_of(r.tiles, [](const TileResult& t) { return t.received; }) + r.words_out,
               r.wavelets_delivered);
}

/// Wavelets that the tiles of an area sent, by direction.
wafer::LinkSamples::Sent sent_of(const std::vector<TileResult>& tiles, core::Rectangle area) {
  wafer::LinkSamples::Sent sum{};
  for (const TileResult& tile : tiles) {
    if (!area.contains(tile.at)) continue;
    for (std::size_t d = 0; d < core::kNeighbours; ++d) sum[d] += tile.sent[d];
  }
  return sum;
}

void check_samples(Ledger& ledger, const RunToCheck& run) {
  const wafer::LinkSamples& links = run.result.links;
  wafer::LinkSamples::Sent sampled{};
  core::Cycle end = 0;
  for (const wafer::LinkSamples::Sample& sample : links.samples) {
    ledger.equal("begin of a sample and end of that before", sample.begin, end);
    end = sample.end;
    // What is sent in the run's last cycle belongs to the last sample.
    const core::Cycle cycles = sample.end - sample.begin + (&sample == &links.samples.back() ? 1 : 0);
    const std::uint64_t possible =
        static_cast<std::uint64_t>(static_cast<double>(cycles) / run.scenario.hardware.fabric.link_cycles()) +
        1;
    for (std::size_t b = 0; b < sample.cells.size(); ++b) {
      for (std::size_t d = 0; d < core::kNeighbours; ++d) {
        sampled[d] += sample.cells[b][d];
        ledger.at_most(fmt::format("sample from {}, cell {}, wavelets", sample.begin, b),
                       static_cast<double>(sample.cells[b][d]),
                       static_cast<double>(possible * links.cell(b).area()));
      }
    }
  }
  const wafer::LinkSamples::Sent seen = sent_of(run.result.tiles, links.area);
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    ledger.equal("wavelets of samples and of links", sampled[d], seen[d]);
  }
  const fabric::FabricParameters& mesh = run.scenario.hardware.fabric;
  const wafer::LinkSamples::Sent sent = sent_of(run.result.tiles, {0, 0, mesh.width, mesh.height});
  ledger.equal("hops and wavelets over links", run.result.hops,
               std::accumulate(sent.begin(), sent.end(), std::uint64_t{0}));
}

void check_channels(Ledger& ledger, const RunToCheck& run) {
  const wafer::RunResult& r = run.result;
  std::array<std::uint64_t, 2> words{};
  for (const wafer::ChannelTraffic& each : r.channels) {
    words[each.in ? 1 : 0] += each.words;
    ledger.at_most("begin of a channel's traffic", static_cast<double>(each.start),
                   static_cast<double>(each.end));
    ledger.at_most("end of a channel's traffic", static_cast<double>(each.end),
                   static_cast<double>(r.cycles));
  }
  ledger.equal("words in of channels and of the run", words[1], r.words_in);
  ledger.equal("words out of channels and of the run", words[0], r.words_out);
}

void check_records(Ledger& ledger, const RunToCheck& run) {
  for (const wafer::RecordResult& record : run.result.records) {
    ledger.at_most(record.name + ": start", static_cast<double>(record.start),
                   static_cast<double>(record.end));
    ledger.at_most(record.name + ": end", static_cast<double>(record.end),
                   static_cast<double>(run.result.cycles));
  }
}

void check_phases(Ledger& ledger, const RunToCheck& run) {
  const std::vector<results::PhaseSummary> phases = results::summarize_phases(run.result.groups);
  const auto cycles = static_cast<double>(run.result.cycles);
  for (const results::PhaseSummary& phase : phases) {
    check_shares(ledger, std::string(trace::name_of(phase.phase)), phase.shares);
    ledger.at_most("cycles of a phase", static_cast<double>(phase.cycles), cycles);
    ledger.at_most("own cycles of a phase", phase.own_cycles, static_cast<double>(phase.cycles));
  }
  ledger.equal("multiply-accumulates of phases and of the run",
               sum_of(phases, [](const results::PhaseSummary& p) { return p.macs; }), run.result.macs);
  const double own = sum_of(phases, [](const results::PhaseSummary& p) { return p.own_cycles; });
  const double bounds =
      sum_of(results::time_by_bound(run.result.groups), [](const auto& each) { return each.second; });
  ledger.near("own cycles of phases and cycles of bounds", own, bounds);
  ledger.at_most("own cycles of phases", own, cycles);
}

void check_energy(Ledger& ledger, const RunToCheck& run) {
  const nlohmann::ordered_json& json = run.json;
  const auto value = [](const nlohmann::ordered_json& of) { return of.at("value").get<double>(); };
  const nlohmann::ordered_json& energy = json.at("energy");
  const double total = value(energy.at("total"));
  double components = 0;
  for (const auto& [name, joules] : energy.at("components").items()) components += value(joules);
  ledger.near("energy and its components", total, components);
  ledger.near("energy and its metric", total, value(json.at("metrics").at("energy")));
  double operations = value(energy.at("components").at("idle"));
  if (json.contains("operations")) {
    for (const nlohmann::ordered_json& each : json.at("operations")) operations += value(each.at("energy"));
  }
  ledger.near("energy and that of operations with what is idle", total, operations);
  ledger.near("energy and power over time", total,
              value(energy.at("average_power")) * value(json.at("metrics").at("time")));
  ledger.at_most("share of peak", value(json.at("metrics").at("share_of_peak")), 1);
}

/// A channel carries no more than it can, a PE computes no more than it can: no run is faster.
void check_least_time(Ledger& ledger, const RunToCheck& run) {
  const wafer::Hardware& hardware = run.scenario.hardware;
  const double words_per_cycle =
      hardware.io.bandwidth_bits_per_s / (core::kWaveletBits * hardware.pe.clock_hz);
  const auto cycles = static_cast<double>(run.result.cycles);
  // Whole words at the ends of a run, one a channel.
  ledger.at_most("words in against what all channels can carry", static_cast<double>(run.result.words_in),
                 cycles * words_per_cycle + hardware.io.channels);
  ledger.at_most("words out against what all channels can carry", static_cast<double>(run.result.words_out),
                 cycles * words_per_cycle + hardware.io.channels);
}

}  // namespace

std::vector<std::string> imbalances(const RunToCheck& run) {
  Ledger ledger;
  check_groups(ledger, run);
  check_trace(ledger, run);
  check_tiles(ledger, run);
  check_samples(ledger, run);
  check_channels(ledger, run);
  check_records(ledger, run);
  check_phases(ledger, run);
  check_energy(ledger, run);
  check_least_time(ledger, run);
  return ledger.take();
}

}  // namespace waferloom::property
