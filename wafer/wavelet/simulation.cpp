// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "fabric/host.hpp"
#include "fabric/host_registry.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "trace/quantities.hpp"
#include "wafer/program/replay/replay.hpp"
#include "wafer/program/replay/replay_view.hpp"
#include "wafer/program/replay/stuck_text.hpp"
#include "wafer/program/result/link_counts.hpp"
#include "wafer/program/route_plan.hpp"
#include "wafer/wavelet/checkpoint/checkpoints.hpp"
#include "wafer/wavelet/checkpoint/move_sums.hpp"
#include "wafer/wavelet/collect_tiles.hpp"
#include "wafer/wavelet/host_streams.hpp"
#include "wafer/wavelet/monitor.hpp"
#include "wafer/wavelet/probes/kept_probe.hpp"
#include "wafer/wavelet/probes/link_sampler.hpp"
#include "wafer/wavelet/shared/host_link.hpp"
#include "wafer/wavelet/shared/shared_run.hpp"
#include "wafer/wavelet/shared/shared_stuck.hpp"
#include "wafer/wavelet/stall_watch.hpp"
#include "wafer/wavelet/stuck.hpp"
#include "wafer/wavelet/wafer_tiles.hpp"

namespace waferloom::wafer {

using core::Cycle;

namespace {

constexpr const char* kWaiting = "PEs that wait for other records";

/// The modules of a run and what is kept of it. Of a wafer that ranks share, each has its regions, and rank 0 alone the
/// host and the records' books.
class TraceRun final : private RunState {
 public:
  TraceRun(const SimulationInput& input, const RoutePlan& plan, const ranks::Share* share,
           checkpoint::Keeper* keeper)
      : input_(input),
        plan_(plan),
        share_(share),
        grouping_(group_records(input.records)),
        totals_(sum_links(input.hardware, input.program, input.records, grouping_)),
        // Never destroyed: SystemC finds each port of a destroyed module by a linear search, so that taking a full
        // wafer apart would last longer than most runs. One process runs one simulation and ends soon after.
        wafer_(*std::make_unique<Wafer>("wafer", input.hardware, input.simulation, share).release()),
        memory_(make_host()),
        tiles_(wafer_, input.program),
        replay_(tiles_, input.hardware, input.program, input.records, grouping_),
        monitor_(wafer_, input.program, input.records, grouping_),
        log_(input.records, input.on_record),
        sampler_(wafer_, input.program, input.link_samples),
        checkpoints_(wafer_, keeper, share, *this) {
    if (leads()) add_host();
    if (share_ != nullptr) {
      link_.emplace(wafer_, *share_, replay_, monitor_, input.records, input.program, plan);
      link_->on_record([this](std::uint32_t record, Cycle cycle) { started(record, cycle); },
                       [this](std::uint32_t record, Cycle cycle) { done_on_tiles(record, cycle); });
    } else {
      replay_.on_record_start([this](std::uint32_t record, Cycle cycle) { started(record, cycle); });
      replay_.on_record_done([this](std::uint32_t record, Cycle cycle) { done_on_tiles(record, cycle); });
    }
  }

  void elaborate(const ObserverFactories& factories) {
    wafer_.on_new_cycle([this](Cycle cycle) {
      monitor_.cycles_complete(cycle);
      sampler_.cycles_complete(cycle);
      if (observers_) observers_->cycles_complete(cycle);
    });
    sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates and wires the ports
    checkpoints_.begin();
    for (const RoutePlan::TileRoute& route : plan_.routes())
      wafer_.set_route(route.at, route.color, route.route);
    tiles_.load(replay_, plan_);
    observers_.emplace(factories, wafer_);
    checkpoints_.take_up();
    if (host_) host_->start();
    if (input_.simulation.max_cycles != 0) wafer_.set_cycle_limit(input_.simulation.max_cycles);
  }

  void run(const std::atomic<bool>& stop, const std::function<void(const Progress&)>& report) {
    StallWatch watch(input_.simulation.stall_cycles);
    const ReplayView program(replay_, plan_, input_.hardware, input_.program);
    const LocalStuckView view(wafer_, program, [this] { return waiting_lines(replay_); });
    if (share_ != nullptr) {
      run_shared(watch, view, stop, report);
      return;
    }
    wafer_.on_progress([&](Cycle cycle) {
      const Progress now{cycle, replay_.parts_done(), replay_.parts(), wafer_.hops(), totals_.hops};
      watch.check(cycle, now.parts_done + now.hops, stop.load() && !checkpoints_.written(),
                  [&] { return wafer_.at_work(cycle) || host_->updating(); });
      if (report) report(now);
    });
    checkpoints_.watch(wafer_, stop);
    try {
      wafer_.run();
    } catch (const core::SimulationError& error) {
      throw make_stuck_error(error.what(), view, watch.waits(), kWaiting);
    }
    observers_->finish(wafer_.now());
    if (replay_.parts_done() != replay_.parts() || !host_->all_done()) {
      throw make_stuck_error(describe_deadlock(replay_, wafer_.now()), view, Waits::for_good, kWaiting);
    }
    wafer_.check_empty();
    check_conservation(consumed());
  }

  /// On rank 0 of all ranks.
  void collect(RunResult& result) {
    monitor_.cycles_complete(core::kNever);
    std::vector<GroupMonitor::Counts> counts = monitor_.counts();
    result.hops = wafer_.hops();
    result.tiles = collect_tiles(wafer_, input_.program);
    if (share_ != nullptr) gather(result, counts);
    result.groups = monitor_.results(counts);
    for (std::size_t i = 0; i < result.groups.size(); ++i) {
      GroupResult& group = result.groups[i];
      group.hops = totals_.hops_of_group[i];
      result.cycles = std::max(result.cycles, group.end);
      result.macs += group.group.macs;
    }
    result.links = share_ != nullptr ? gather_samples(share_->ranks, sampler_, result.cycles)
                                     : sampler_.finish(result.cycles);
    if (!leads()) return;
    result.clock_hz = input_.hardware.pe.clock_hz;
    result.records = log_.results();
    result.channels = host_->channels();
    // A word that comes in the last cycle ends with the run.
    for (ChannelTraffic& each : result.channels) each.end = std::min(each.end, result.cycles);
    for (const TileResult& tile : result.tiles) {
      result.wavelets_injected += tile.injected;
      result.wavelets_delivered += tile.received;
      result.sram_high_water = std::max(result.sram_high_water, tile.sram_high_water);
    }
    result.words_in = host_->words_in();
    result.words_out = host_->words_out();
    result.wavelets_injected += result.words_in;
    result.wavelets_delivered += result.words_out;
  }

 private:
  [[nodiscard]] bool leads() const { return share_ == nullptr || share_->ranks.leads(); }

  [[nodiscard]] std::unique_ptr<fabric::Host> make_host() {
    const fabric::HostModel& model = fabric::find_host_model(input_.host.name);
    std::unique_ptr<fabric::Host> memory = model.create(model.name.data(), input_.host.memoryx);
    wafer_.io().host.bind(memory->target());
    return memory;
  }

  void add_host() {
    host_.emplace("host", wafer_, replay_, input_.records, plan_,
                  [this](std::uint64_t parameters) { return memory_->optimizer_time(parameters); });
    host_->on_record_start([this](std::uint32_t record, Cycle cycle) { started(record, cycle); });
    host_->on_record_done([this](std::uint32_t record, Cycle cycle) { done(record, cycle); });
  }

  void started(std::uint32_t record, Cycle cycle) {
    log_.started(record, cycle);
    monitor_.record_started(record, cycle);
  }
  void done(std::uint32_t record, Cycle cycle) {
    log_.done(record, cycle);
    monitor_.record_done(record, cycle);
  }
  void done_on_tiles(std::uint32_t record, Cycle cycle) {
    done(record, cycle);
    host_->tiles_done(cycle);
  }

  void run_shared(StallWatch& watch, const StuckView& view, const std::atomic<bool>& stop,
                  const std::function<void(const Progress&)>& report) {
    ranks::Ranks& ranks = share_->ranks;
    SharedRun run(wafer_, ranks, &*link_);
    if (has_taken_up_) link_->take_up(begun());
    checkpoints_.watch(run);
    run.on_exchange([this] { observers_->exchange(); });
    run.on_progress([&] { return stop.load(); },
                    [&](const Standing& all) {
                      watch.check(all.cycle, all.parts_done + all.hops, all.stop && !checkpoints_.written(),
                                  [&] { return all.at_work || host_->updating(); });
                      if (report)
                        report({all.cycle, all.parts_done, replay_.parts(), all.hops, totals_.hops});
                    });
    if (const std::optional<ranks::Failure> failure = run.run()) {
      fail_all(*share_, wafer_.grid(), view, *failure, watch.waits(), kWaiting);
    }
    ranks::together(ranks, [&] { observers_->finish(run.last_cycle()); });
    ranks::Packer own;
    own.put(replay_.parts_done());
    own.put_all(consumed());
    std::uint64_t parts_done = 0;
    std::vector<std::uint64_t> taken(input_.records.size());
    for (const ranks::Bytes& each : ranks::gather(ranks, own.take())) {
      ranks::Unpacker from(each);
      parts_done += from.get<std::uint64_t>();
      const std::vector<std::uint64_t> sums = from.get_all<std::uint64_t>();
      std::transform(taken.begin(), taken.end(), sums.begin(), taken.begin(), std::plus<>());
    }
    const bool is_done = !leads() || (parts_done == replay_.parts() && host_->all_done());
    if (!ranks::hold_on_all(ranks, is_done)) {
      fail_stuck(*share_, wafer_.grid(), view, describe_deadlock(replay_, parts_done, wafer_.now()),
                 Waits::for_good, kWaiting);
    }
    ranks::together(ranks, [&] {
      wafer_.check_empty();
      if (leads()) check_conservation(taken);
    });
  }

  /// Payload sums that PEs took in, by stream_in.
  [[nodiscard]] std::vector<std::uint64_t> consumed() const {
    std::vector<std::uint64_t> sums;
    for (const trace::Record& record : input_.records) sums.push_back(replay_.consumed(record.id));
    return sums;
  }

  /// Everything that was sent has arrived, unchanged.
  void check_conservation(const std::vector<std::uint64_t>& consumed) const {
    for (const trace::Record& record : input_.records) {
      if (record.consumes == trace::kNoRecord) continue;
      const trace::Record& stream = input_.records[record.consumes];
      if (stream.lane != 0) continue;
      std::uint64_t sent = 0;
      std::uint64_t arrived = 0;
      for (std::uint32_t lane = stream.id; lane < stream.id + stream.lanes; ++lane) {
        sent += host_->fetched_sum(lane) * record.area.height * stream.lanes;
        arrived += consumed[lane];
      }
      if (arrived != sent) {
        throw core::SimulationError(fmt::format("record {} ({}): a payload of {} was sent, but {} arrived",
                                                record.id, record.name, sent, arrived));
      }
    }
  }
  void gather(RunResult& result, std::vector<GroupMonitor::Counts>& counts) {
    ranks::Ranks& ranks = share_->ranks;
    ranks::Packer own;
    own.put(result.hops);
    own.put_all(counts);
    const std::vector<ranks::Bytes> all = ranks::gather(ranks, own.take());
    for (std::size_t rank = 1; rank < all.size(); ++rank) {
      ranks::Unpacker from(all[rank]);
      result.hops += from.get<std::uint64_t>();
      const std::vector<GroupMonitor::Counts> others = from.get_all<GroupMonitor::Counts>();
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i].add(others[i]);
    }
    result.tiles = gather_tiles(ranks, result.tiles);
  }

  // RunState
  void move_to_leader(ranks::Ranks& ranks) override {
    move_sums_to_leader(ranks, replay_.consumed_sums());
    monitor_.move_to_leader(ranks);
    sampler_.move_to_leader(ranks);
    observers_->gather();
  }
  void archive(core::State& state) override {
    archive_of_leader(state, leads(), [&](core::State& own) {
      memory_->archive(own);
      wafer_.io().archive(own);
      host_->archive(own);
    });
    observers_->archive(state);
    state(log_, replay_.consumed_sums(), monitor_, sampler_);
    if (!state.loads()) return;
    has_taken_up_ = true;
    for (const trace::Record& record : input_.records) {
      const RecordLog::Times& times = log_.times()[record.id];
      if (record.kind != trace::Kind::stream_in)
        replay_.set_times(record.id, {times.start, times.end, times.done});
    }
    if (leads()) return;
    replay_.consumed_sums().assign(input_.records.size(), 0);
    monitor_.forget_counts();
    sampler_.forget_counts();
  }
  void archive_tile(core::State& state, core::Coordinate at) override {
    if (!input_.program.contains(at)) return;
    replay_.archive(state, core::number_of(input_.program, at));
    monitor_.archive_tile(state, at);
  }
  void archive_channel(core::State& state, std::uint32_t channel, bool in) override {
    monitor_.archive_channel(state, channel, in);
  }
  /// Which records have begun, by id.
  [[nodiscard]] std::vector<bool> begun() const {
    std::vector<bool> begun;
    for (const RecordLog::Times& times : log_.times()) begun.push_back(times.start != core::kNever);
    return begun;
  }

  const SimulationInput& input_;
  const RoutePlan& plan_;
  const ranks::Share* share_;
  Grouping grouping_;
  LinkCounts totals_;
  Wafer& wafer_;
  std::unique_ptr<fabric::Host> memory_;
  WaferTiles tiles_;
  Replay replay_;
  GroupMonitor monitor_;
  RecordLog log_;
  LinkSampler sampler_;
  std::optional<HostStreams> host_;
  std::optional<HostLink> link_;
  std::optional<Observers> observers_;
  Checkpoints checkpoints_;
  bool has_taken_up_ = false;  ///< what a checkpoint kept
};

}  // namespace

RunResult simulate(const SimulationInput& input, const std::atomic<bool>& stop,
                   const std::function<void(const Progress&)>& report, const ObserverFactories& factories,
                   const RoutePlan* routes, const ranks::Share* share, checkpoint::Keeper* keeper) {
  const core::Stopwatch start;
  ranks::Ranks* const team = share == nullptr ? nullptr : &share->ranks;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  std::optional<RoutePlan> laid;
  std::optional<TraceRun> run;
  ranks::on_all(team, [&] {
    const RoutePlan& plan =
        routes != nullptr ? *routes : laid.emplace(input.hardware, input.program, input.records);
    run.emplace(input, plan, share, keeper);
    run->elaborate(factories);
  });
  RunResult result;
  result.elaboration_s = start.seconds();
  const core::Stopwatch run_start;
  run->run(stop, report);
  result.simulation_s = run_start.seconds();
  run->collect(result);
  return result;
}

}  // namespace waferloom::wafer
