// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/simulation.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "fabric/host.hpp"
#include "fabric/host_registry.hpp"
#include "trace/quantities.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/replay/replay_view.hpp"
#include "wafer/program/replay/stuck_text.hpp"
#include "wafer/program/result/link_counts.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/wavelet/collect_tiles.hpp"
#include "wafer/wavelet/host_streams.hpp"
#include "wafer/wavelet/monitor.hpp"
#include "wafer/wavelet/probes/link_sampler.hpp"
#include "wafer/wavelet/stuck.hpp"
#include "wafer/wavelet/wafer_tiles.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

/// Ends a run that the user interrupts or that makes no progress although its clock goes on.
class Watch {
 public:
  Watch(Wafer& wafer, const Replay& replay, const HostStreams& host, std::uint64_t stall_cycles,
        std::uint64_t expected_hops, const std::atomic<bool>& stop)
      : wafer_(wafer),
        replay_(replay),
        host_(host),
        stall_cycles_(stall_cycles),
        expected_hops_(expected_hops),
        stop_(stop) {}

  [[nodiscard]] Progress check(Cycle cycle) {
    if (stop_.load()) {
      throw core::Error(core::ExitStatus::interrupted, fmt::format("interrupted in cycle {}", cycle));
    }
    const Progress now{cycle, replay_.parts_done(), replay_.parts(), wafer_.hops(), expected_hops_};
    if (now.parts_done != last_.parts_done || now.hops != last_.hops) last_ = now;
    if (stall_cycles_ != 0 && cycle - last_.cycle > stall_cycles_) {
      // What takes long and ends by itself.
      if (wafer_.at_work(cycle) || host_.updating()) {
        last_.cycle = cycle;
        return now;
      }
      throw core::SimulationError(
          fmt::format("simulation.stall_cycles: no progress since cycle {}, for {} cycles", last_.cycle,
                      cycle - last_.cycle));
    }
    return now;
  }

 private:
  Wafer& wafer_;
  const Replay& replay_;
  const HostStreams& host_;
  std::uint64_t stall_cycles_;
  std::uint64_t expected_hops_;
  const std::atomic<bool>& stop_;
  Progress last_;
};

/// Everything that was sent has arrived, unchanged.
void check_conservation(Wafer& wafer, const Replay& replay, const HostStreams& host,
                        const std::vector<trace::Record>& records) {
  for (const trace::Record& record : records) {
    if (record.consumes == trace::kNoRecord) continue;
    const trace::Record& stream = records[record.consumes];
    if (stream.lane != 0) continue;
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
    for (std::uint32_t lane = stream.id; lane < stream.id + stream.lanes; ++lane) {
      sent += host.fetched_sum(lane) * record.area.height * stream.lanes;
      arrived += replay.consumed(lane);
    }
    if (arrived != sent) {
      throw core::SimulationError(fmt::format("record {} ({}): a payload of {} was sent, but {} arrived",
                                              record.id, record.name, sent, arrived));
    }
  }
  for (const auto& region : wafer.regions()) {
    const std::uint64_t left = region->pes().queued_wavelets() + region->routers().blocked().size();
    if (left != 0) throw core::SimulationError(fmt::format("{} wavelets were never taken", left));
  }
}

}  // namespace

RunResult simulate(const SimulationInput& input, const std::atomic<bool>& stop,
                   const std::function<void(const Progress&)>& report, const ObserverFactories& factories,
                   const RoutePlan* routes) {
  const core::Stopwatch start;
  const std::vector<trace::Record>& records = input.records;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  std::optional<RoutePlan> laid;
  const RoutePlan& plan = routes != nullptr ? *routes : laid.emplace(input.hardware, input.program, records);
  const Grouping grouping = group_records(records);
  const LinkCounts totals = count_links(input.hardware, input.program, records, grouping);

  // Never destroyed: SystemC finds each port of a destroyed module by a linear search, so that taking a full
  // wafer apart would last longer than most runs. One process runs one simulation and ends soon after.
  Wafer& wafer = *std::make_unique<Wafer>("wafer", input.hardware, input.simulation).release();
  const fabric::HostModel& host_model = fabric::find_host_model(input.host.name);
  const std::unique_ptr<fabric::Host> memory = host_model.create(host_model.name.data(), input.host.memoryx);
  wafer.io().host.bind(memory->target());
  WaferTiles tiles(wafer, input.program);
  Replay replay(tiles, input.hardware, input.program, records, grouping);
  HostStreams host("host", wafer, replay, records, plan,
                   [&](std::uint64_t parameters) { return memory->optimizer_time(parameters); });
  GroupMonitor monitor(wafer, input.program, records, grouping);
  RecordLog log(records, input.on_record);
  const auto started = [&](std::uint32_t record, Cycle cycle) {
    log.started(record, cycle);
    monitor.record_started(record, cycle);
  };
  const auto done = [&](std::uint32_t record, Cycle cycle) {
    log.done(record, cycle);
    monitor.record_done(record, cycle);
  };
  replay.on_record_start(started);
  replay.on_record_done([&](std::uint32_t record, Cycle cycle) {
    done(record, cycle);
    host.tiles_done(cycle);
  });
  LinkSampler sampler(wafer, input.program, input.link_samples);
  std::optional<Observers> observers;
  wafer.on_new_cycle([&](Cycle cycle) {
    monitor.cycles_complete(cycle);
    sampler.cycles_complete(cycle);
    if (observers) observers->cycles_complete(cycle);
  });
  host.on_record_start(started);
  host.on_record_done(done);

  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates and wires the ports
  for (const RoutePlan::TileRoute& route : plan.routes()) wafer.set_route(route.at, route.color, route.route);
  tiles.load(replay, plan);
  host.start();
  RunResult result;
  observers.emplace(factories, wafer);
  result.elaboration_s = start.seconds();

  Watch watch(wafer, replay, host, input.simulation.stall_cycles, totals.hops, stop);
  if (input.simulation.max_cycles != 0) wafer.set_cycle_limit(input.simulation.max_cycles);
  wafer.on_progress([&](Cycle cycle) {
    const Progress progress = watch.check(cycle);
    if (report) report(progress);
  });
  const core::Stopwatch run_start;
  const auto stuck = [&](const std::string& what) {
    return make_stuck_error(what, wafer, ReplayView(replay, plan, input.hardware, input.program),
                            describe_stuck(wafer, replay));
  };
  try {
    wafer.run();
  } catch (const core::SimulationError& error) {
    throw stuck(error.what());
  }
  observers->finish(wafer.now());
  result.simulation_s = run_start.seconds();
  if (replay.parts_done() != replay.parts() || !host.all_done()) {
    throw stuck(describe_deadlock(replay, wafer.now()));
  }
  check_conservation(wafer, replay, host, records);

  result.clock_hz = input.hardware.pe.clock_hz;
  monitor.cycles_complete(core::kNever);
  result.groups = monitor.results();
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    GroupResult& group = result.groups[i];
    group.hops = totals.hops_of_group[i];
    result.cycles = std::max(result.cycles, group.end);
    result.macs += group.group.macs;
  }
  result.records = log.results();
  result.channels = host.channels();
  // A word that comes in the last cycle ends with the run.
  for (ChannelTraffic& each : result.channels) each.end = std::min(each.end, result.cycles);
  result.links = sampler.finish(result.cycles);
  result.tiles = collect_tiles(wafer, input.program);
  for (const TileResult& tile : result.tiles) {
    result.wavelets_injected += tile.injected;
    result.wavelets_delivered += tile.received;
  }
  result.hops = wafer.hops();
  result.words_in = host.words_in();
  result.words_out = host.words_out();
  result.wavelets_injected += result.words_in;
  result.wavelets_delivered += result.words_out;
  return result;
}

}  // namespace waferloom::wafer
