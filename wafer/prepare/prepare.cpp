// SPDX-License-Identifier: Apache-2.0
#include "wafer/prepare/prepare.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

#include "collectives/registry.hpp"
#include "core/error.hpp"
#include "noc/traffic_table.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::wafer {

namespace {

/// A color goes one way through a tile.
void check_routes(const RoutePlan& plan) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, core::Color>, const fabric::Route*> known;
  for (const RoutePlan::TileRoute& each : plan.routes()) {
    const auto [place, added] = known.try_emplace({each.at.x, each.at.y, each.color}, &each.route);
    if (added || *place->second == each.route) continue;
    throw core::InputError(
        fmt::format("workload.trace: color {} at tile ({}, {}): two routes contradict each other", each.color,
                    each.at.x, each.at.y));
  }
}

void prepare_trace(const Scenario& scenario, PreparedRun& run) {
  run.trace = load_trace(scenario);
  run.program = program_rectangle(scenario);
  run.program.width = run.trace.header.columns;
  run.program.height = run.trace.header.rows;
  RoutePlan plan(scenario.hardware, run.program, run.trace.records);
  // A strategy's records never contradict each other; those of a file may.
  if (!scenario.workload.trace.empty()) check_routes(plan);
  // Those of a full wafer are large, and fidelity burst has no further use for them.
  if (scenario.fidelity != "burst") run.routes.emplace(std::move(plan));
}

void check_observed(const Scenario& scenario) {
  const Hardware& hardware = scenario.hardware;
  const ObserveParameters& observe = scenario.observe;
  if (!observe.waveform.signals.empty()) {
    static_cast<void>(
        match_signals(hardware, observe.waveform.signals, kMostSignals, scenario.fidelity == "burst"));
  }
  const auto check_tiles = [&](const char* key, const std::vector<std::string>& tiles) {
    if (!tiles.empty()) static_cast<void>(match_tiles(hardware, key, tiles));
  };
  check_tiles("observe.tracks.tiles", observe.tracks.tiles);
  check_tiles("observe.wavelet_log.tiles", observe.wavelet_log.tiles);
}

}  // namespace

PreparedRun prepare(const Scenario& scenario) {
  PreparedRun run;
  if (carries_packets(scenario)) {
    if (!scenario.traffic.table.empty()) {
      static_cast<void>(noc::TrafficTable::read_file(
          scenario.traffic.table, scenario.hardware.fabric.width * scenario.hardware.fabric.height));
    }
    return run;
  }
  check_observed(scenario);
  if (scenario.collective.runs()) {
    run.program = collective_rectangle(scenario);
    run.plan =
        collectives::plan_collective(scenario.collective, run.program, scenario.hardware.fabric.colors);
  } else if (scenario.workload.automatic != models::Automatic::none) {
    static_cast<void>(whole_step(scenario));
  } else {
    prepare_trace(scenario, run);
  }
  return run;
}

}  // namespace waferloom::wafer
