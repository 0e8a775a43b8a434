// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/collective_run.hpp"

#include <fmt/format.h>

#include <memory>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "fabric/memoryx.hpp"
#include "wafer/wavelet/collect_tiles.hpp"
#include "wafer/wavelet/planned_program.hpp"
#include "wafer/wavelet/stuck.hpp"

namespace waferloom::wafer {

namespace {

void check_empty(Wafer& wafer) {
  for (const auto& region : wafer.regions()) {
    const std::uint64_t left = region->pes().queued_wavelets() + region->routers().blocked().size();
    if (left != 0) throw core::SimulationError(fmt::format("{} wavelets were never taken", left));
  }
}

}  // namespace

PlanResult run_plan(const Hardware& hardware, const core::SimulationParameters& simulation,
                    core::Rectangle area, const collectives::Plan& plan, const std::atomic<bool>& stop,
                    const ObserverFactories& factories) {
  const core::Stopwatch start;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  // Never destroyed, see simulation.cpp.
  Wafer& wafer = *std::make_unique<Wafer>("wafer", hardware, simulation).release();
  fabric::MemoryX& host =
      *std::make_unique<fabric::MemoryX>("memoryx", fabric::MemoryXParameters{}).release();
  wafer.io().host.bind(host.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates and wires the ports
  PlannedProgram program(plan);
  for (const collectives::PlannedRoute& route : plan.routes)
    wafer.set_route(route.at, route.color, route.route);
  for (std::uint32_t tile = 0; tile < plan.tiles.size(); ++tile) {
    wafer.load(plan.tiles[tile].at, program, tile, {}, plan.tiles[tile].outputs);
  }
  PlanResult result;
  Observers observers(factories, wafer);
  wafer.on_new_cycle([&](core::Cycle cycle) { observers.cycles_complete(cycle); });
  result.elaboration_s = start.seconds();
  if (simulation.max_cycles != 0) wafer.set_cycle_limit(simulation.max_cycles);
  std::uint64_t hops = 0;
  core::Cycle last_hop = 0;
  wafer.on_progress([&](core::Cycle cycle) {
    if (const std::uint64_t now = wafer.hops(); now != hops) {
      hops = now;
      last_hop = cycle;
    }
    if (cycle - last_hop > simulation.stall_cycles && wafer.at_work(cycle)) last_hop = cycle;
    if (cycle - last_hop > simulation.stall_cycles) {
      throw core::SimulationError(
          fmt::format("simulation.stall_cycles: no progress since cycle {}", last_hop));
    }
    if (stop.load()) {
      throw core::Error(core::ExitStatus::interrupted, fmt::format("interrupted in cycle {}", cycle));
    }
  });
  const core::Cycle first = wafer.now() + 1;  // in which programs start
  const core::Stopwatch run_start;
  try {
    wafer.run();
  } catch (const core::SimulationError& error) {
    throw make_stuck_error(error.what(), wafer, program, describe_blocked(wafer));
  }
  observers.finish(wafer.now());
  result.simulation_s = run_start.seconds();
  if (!program.all_done()) {
    throw make_stuck_error(fmt::format("deadlock in cycle {}", wafer.now()), wafer, program,
                           describe_blocked(wafer));
  }
  check_empty(wafer);
  result.cycles = program.last_end() > first ? program.last_end() - first : 0;
  result.clock_hz = hardware.pe.clock_hz;
  result.tiles = collect_tiles(wafer, area);
  for (const TileResult& tile : result.tiles) {
    result.wavelets_injected += tile.injected;
    result.wavelets_delivered += tile.received;
  }
  result.hops = wafer.hops();
  return result;
}

}  // namespace waferloom::wafer
