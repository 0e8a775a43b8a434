// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "fabric/host_registry.hpp"
#include "trace/quantities.hpp"
#include "wafer/burst/engine/host.hpp"
#include "wafer/burst/run_module.hpp"
#include "wafer/burst/tile_totals.hpp"
#include "wafer/program/group_clock.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/replay/stuck_text.hpp"
#include "wafer/program/result/even_work.hpp"
#include "wafer/program/route_plan.hpp"

namespace waferloom::burst {

using core::Cycle;
using trace::Record;
using wafer::GroupResult;

namespace {

/// Shares of a group's time, from what its own records did.
void evaluate(GroupResult& result, const TagWork& work, double tiles, const ChannelTimes& channels,
              double link_cycles, std::size_t group) {
  for (const std::uint64_t cycles : work.busy_cycles) result.busy_cycles += static_cast<double>(cycles);
  const auto time = static_cast<double>(result.cycles());
  if (time <= 0) return;
  for (std::size_t w = 0; w < pe::kWorks; ++w) {
    result.shares.values[w] = static_cast<double>(work.busy_cycles[w]) / (time * tiles);
  }
  result.shares[wafer::Share::row_link] =
      std::min(1.0, link_cycles * static_cast<double>(work.row_link_wavelets) / time);
  result.shares[wafer::Share::column_link] = std::min(
      1.0, link_cycles * (static_cast<double>(work.column_link_wavelets) + channels.columns[group]) / time);
  result.shares[wafer::Share::io_in] = std::min(1.0, channels.in[group] / time);
  result.shares[wafer::Share::io_out] = std::min(1.0, channels.out[group] / time);
}

/// Streams into the wafer last as long as their channels carry them.
void note_streams(const std::vector<Record>& records, const std::vector<wafer::ChannelTraffic>& channels,
                  wafer::RecordLog& log) {
  std::map<std::uint32_t, std::pair<Cycle, Cycle>> spans;
  for (const wafer::ChannelTraffic& each : channels) {
    if (!each.in) continue;
    auto& span = spans.try_emplace(each.record, each.start, each.end).first->second;
    span = {std::min(span.first, each.start), std::max(span.second, each.end)};
  }
  for (const auto& [record, span] : spans) {
    if (records[record].kind != trace::Kind::stream_in) continue;
    log.started(record, span.first);
    log.done(record, span.second);
  }
}

}  // namespace

Simulator::Simulator(const char* name) : module_(make_run_module(name)) {}

Simulator::~Simulator() = default;

Run Simulator::run(const wafer::SimulationInput& input, const wafer::BurstParameters& burst,
                   const std::atomic<bool>& stop, const Report& report, const ObserverFactory& observe) {
  const core::Stopwatch begin;
  // The wafer has to be able to carry the trace, whether or not every wavelet is followed.
  if (!input.carried) wafer::RoutePlan(input.hardware, input.program, input.records);
  const CoarseTrace coarse =
      coarsen(input.records, input.program, {burst.tiles, burst.blocks, burst.grid_rows()});
  const wafer::Grouping grouping = wafer::group_records(coarse.records);
  const wafer::Grouping whole = wafer::group_records(input.records);
  const fabric::HostRates host_rates =
      fabric::rates_of(fabric::find_host_model(input.host.name), input.host.memoryx);
  const ColumnLayout layout = lay_columns(input.hardware, host_rates, input.program, coarse);
  Feeds feeds(layout, input.hardware, input.program, coarse);
  Drains drains(layout, coarse);
  Engine engine(input.hardware, coarse.program, coarse.scales, feeds, drains);
  std::vector<wafer::LineScale> lines;
  for (const RecordScale& scale : coarse.scales) lines.push_back(scale.line);
  wafer::Replay replay(engine, input.hardware, coarse.program, coarse.records, grouping, lines);
  wafer::GroupClock<Ticks> times(coarse.records, whole);
  wafer::RecordLog log(input.records, input.on_record);
  const auto started = [&](std::uint32_t record, Cycle cycle) {
    log.started(record, cycle);
    times.started(record, engine.now());
  };
  const auto done = [&](std::uint32_t record, Cycle cycle) {
    log.done(record, cycle);
    times.done(record, engine.now());
  };
  Host host(engine, feeds, drains, replay, coarse.records,
            host_rates.optimizer_parameters_per_s / input.hardware.pe.clock_hz, started, done);
  replay.on_record_start(started);
  replay.on_record_done([&](std::uint32_t record, Cycle cycle) {
    done(record, cycle);
    host.tiles_done();
  });
  const std::unique_ptr<EngineObserver> observer =
      observe ? observe({input.hardware, input.program, coarse, engine, feeds, drains}) : nullptr;
  engine.set_observer(observer.get());
  engine.load(replay, replay);
  wafer::RunResult result;
  result.elaboration_s = begin.seconds();

  const core::Stopwatch run_begin;
  engine.on_progress([&](Ticks now) {
    if (stop.load()) throw core::InterruptedError(cycle_of(now));
    if (report) report({cycle_of(now), replay.parts_done(), replay.parts(), engine.transfers(), 0});
  });
  module_->run(engine, input.hardware.pe.clock_hz, observer.get(), input.simulation.max_cycles);
  result.simulation_s = run_begin.seconds();
  const bool ended_early = observer && observer->satisfied();
  if (observer) observer->finish(engine.now());
  if (ended_early) return {};
  if (replay.parts_done() != replay.parts() || !host.all_done()) {
    throw core::SimulationError(
        fmt::format("{}\n{}", wafer::describe_deadlock(replay, cycle_of(engine.now())),
                    wafer::describe_waiting(replay, "tiles of the grid that wait for other records")));
  }

  result.clock_hz = input.hardware.pe.clock_hz;
  result.grid_columns = coarse.program.width;
  result.grid_rows = coarse.program.height;
  std::vector<Run::Times> spans;
  const std::vector<double> even = wafer::even_work(input.hardware.pe, input.records, whole);
  for (std::size_t i = 0; i < whole.groups.size(); ++i) {
    spans.push_back({times.spans()[i].start, times.spans()[i].end});
    GroupResult& group = result.groups.emplace_back();
    group.group = whole.groups[i];
    group.start = cycle_of(times.spans()[i].start);
    group.end = cycle_of(times.spans()[i].end);
    group.even = even[i];
  }
  result.channels = channel_traffic(input.hardware, input.program, input.records, feeds, drains, coarse);
  note_streams(input.records, result.channels, log);
  result.records = log.results();
  const ChannelTimes channels = channel_times(input.hardware, input.program, input.records, whole);
  // Tiles that each of the grid stands for, in a group's area.
  std::vector<double> stands_for(result.groups.size(), 1);
  for (const Record& record : input.records) {
    stands_for[whole.of_record[record.id]] =
        static_cast<double>(record.area.area()) / static_cast<double>(coarse.records[record.id].area.area());
  }
  for (std::size_t i = 0; i < result.groups.size(); ++i) {
    GroupResult& group = result.groups[i];
    evaluate(group, i < engine.work().size() ? engine.work()[i] : TagWork{},
             static_cast<double>(input.program.area()) / stands_for[i], channels,
             input.hardware.fabric.link_cycles(), i);
    group.busy_cycles *= stands_for[i];
    result.cycles = std::max(result.cycles, group.end);
    result.macs += group.group.macs;
  }
  GridUse grid{coarse.program.width, coarse.column_of, coarse.row_of, {}, {}};
  for (std::uint32_t tile = 0; tile < coarse.program.area(); ++tile) {
    // A tile that is always busy: the average of tiles that take turns may round to a cycle more than there is.
    grid.busy_cycles.push_back(std::min<std::uint64_t>(engine.busy_cycles(tile), result.cycles));
    grid.sram_high_water.push_back(engine.srams().high_water(tile));
  }
  return {std::move(result), std::move(spans), whole.of_record, std::move(grid), {}, engine.transfers()};
}

}  // namespace waferloom::burst
