// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/program_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "fabric/memoryx.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"
#include "wafer/wavelet/checkpoint/checkpoints.hpp"
#include "wafer/wavelet/collect_tiles.hpp"
#include "wafer/wavelet/probes/link_sampler.hpp"
#include "wafer/wavelet/shared/shared_run.hpp"
#include "wafer/wavelet/shared/shared_stuck.hpp"
#include "wafer/wavelet/stall_watch.hpp"
#include "wafer/wavelet/stuck.hpp"

namespace waferloom::wafer {

namespace {

/// On rank 0: what the other ranks did is added.
void add_others(ranks::Ranks& ranks, PlanResult& result, core::Cycle& end) {
  ranks::Packer own;
  own.put(result.hops);
  own.put(end);
  const std::vector<ranks::Bytes> all = ranks::gather(ranks, own.take());
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    ranks::Unpacker from(all[rank]);
    result.hops += from.get<std::uint64_t>();
    end = std::max(end, from.get<core::Cycle>());
  }
  result.tiles = gather_tiles(ranks, result.tiles);
}

/// Programs are short: the first samples are as well, but for those of many tiles, which take long to look at.
core::Cycle first_sample_interval(core::Rectangle area) {
  constexpr core::Cycle kShortest = 16;
  constexpr std::uint64_t kTilesACycle = 4096;
  core::Cycle interval = kShortest;
  while (interval * kTilesACycle < area.area()) interval *= 2;
  return interval;
}

/// What a run remembers: its program, and who observes it.
class ProgramState final : public RunState {
 public:
  ProgramState(LaidProgram& program, std::optional<Observers>& observers, std::optional<LinkSampler>& sampler,
               bool leads)
      : program_(program), observers_(observers), sampler_(sampler), leads_(leads) {}

  void move_to_leader(ranks::Ranks& ranks) override {
    program_.move_to_leader(ranks);
    sampler_->move_to_leader(ranks);
    observers_->gather();
  }
  void archive(core::State& state) override {
    observers_->archive(state);
    program_.archive(state, leads_);
    state(*sampler_);
    if (state.loads() && !leads_) sampler_->forget_counts();
  }
  void archive_tile(core::State& state, core::Coordinate at) override { program_.archive_tile(state, at); }
  void archive_channel(core::State&, std::uint32_t, bool) override {}  // nothing enters or leaves

 private:
  LaidProgram& program_;
  std::optional<Observers>& observers_;
  std::optional<LinkSampler>& sampler_;
  bool leads_;
};

/// The last cycle of the run.
core::Cycle run_alone(Wafer& wafer, StallWatch& watch, const std::atomic<bool>& stop, const StuckView& view,
                      const char* title, Checkpoints& checkpoints) {
  checkpoints.watch(wafer, stop);
  wafer.on_progress([&](core::Cycle cycle) {
    watch.check(cycle, wafer.hops(), stop.load() && !checkpoints.written(),
                [&] { return wafer.at_work(cycle); });
  });
  try {
    wafer.run();
  } catch (const core::SimulationError& error) {
    throw make_stuck_error(error.what(), view, watch.waits(), title);
  }
  return wafer.now();
}

core::Cycle run_shared(Wafer& wafer, StallWatch& watch, const std::atomic<bool>& stop, const StuckView& view,
                       const ranks::Share& share, Checkpoints& checkpoints, Observers& observers) {
  SharedRun run(wafer, share.ranks);
  run.on_exchange([&] { observers.exchange(); });
  checkpoints.watch(run);
  run.on_progress([&] { return stop.load(); },
                  [&](const Standing& all) {
                    watch.check(all.cycle, all.hops, all.stop && !checkpoints.written(),
                                [&] { return all.at_work; });
                  });
  if (const std::optional<ranks::Failure> failure = run.run()) {
    fail_all(share, wafer.grid(), view, *failure, watch.waits());
  }
  return run.last_cycle();
}

/// Fails a run in which a step was not done.
void check_done(Wafer& wafer, bool is_done, core::Cycle last, const StuckView& view,
                const ranks::Share* share, const char* title) {
  const std::string what = fmt::format("deadlock in cycle {}", last);
  if (share == nullptr) {
    if (!is_done) throw make_stuck_error(what, view, Waits::for_good, title);
  } else if (!ranks::hold_on_all(share->ranks, is_done)) {
    fail_stuck(*share, wafer.grid(), view, what, Waits::for_good);
  }
}

}  // namespace

PlanResult run_program(const Hardware& hardware, const core::SimulationParameters& simulation,
                       core::Rectangle area, LaidProgram& program, const std::atomic<bool>& stop,
                       const ProgramObservation& observed, const ranks::Share* share,
                       checkpoint::Keeper* keeper) {
  const core::Stopwatch start;
  ranks::Ranks* const team = share == nullptr ? nullptr : &share->ranks;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  Wafer* built = nullptr;
  std::optional<Observers> watching;
  std::optional<LinkSampler> sampling;
  ProgramState state(program, watching, sampling, team == nullptr || team->leads());
  std::optional<Checkpoints> checkpoints;
  ranks::on_all(team, [&] {
    // Never destroyed, see simulation.cpp.
    built = std::make_unique<Wafer>("wafer", hardware, simulation, share).release();
    fabric::MemoryX& host =
        *std::make_unique<fabric::MemoryX>("memoryx", fabric::MemoryXParameters{}).release();
    built->io().host.bind(host.socket);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates and wires the ports
    checkpoints.emplace(*built, keeper, share, state).begin();
    program.lay(*built);
    watching.emplace(observed.factories, *built);
    sampling.emplace(*built, area, observed.link_samples, first_sample_interval(area));
    checkpoints->take_up();
  });
  Wafer& wafer = *built;
  PlanResult result;
  Observers& observers = *watching;
  wafer.on_new_cycle([&](core::Cycle cycle) {
    sampling->cycles_complete(cycle);
    observers.cycles_complete(cycle);
  });
  result.elaboration_s = start.seconds();
  if (simulation.max_cycles != 0) wafer.set_cycle_limit(simulation.max_cycles);
  StallWatch watch(simulation.stall_cycles);
  constexpr core::Cycle first = 1;  // in which programs start
  const core::Stopwatch run_start;
  const LocalStuckView view(wafer, program.view(), [&] { return program.lines(); });
  const char* const title = program.lines_title();
  const core::Cycle last = share != nullptr
                               ? run_shared(wafer, watch, stop, view, *share, *checkpoints, observers)
                               : run_alone(wafer, watch, stop, view, title, *checkpoints);
  ranks::on_all(team, [&] { observers.finish(last); });
  result.simulation_s = run_start.seconds();
  check_done(wafer, program.all_done([&](core::Coordinate at) { return wafer.has(at); }), last, view, share,
             title);
  ranks::on_all(team, [&] { wafer.check_empty(); });
  result.tiles = collect_tiles(wafer, area);
  result.hops = wafer.hops();
  core::Cycle end = program.last_end();
  if (team != nullptr) add_others(*team, result, end);
  result.cycles = end > first ? end - first : 0;
  if (observed.link_samples != 0) {
    result.links =
        team != nullptr ? gather_samples(*team, *sampling, result.cycles) : sampling->finish(result.cycles);
  }
  result.clock_hz = hardware.pe.clock_hz;
  for (const TileResult& tile : result.tiles) {
    result.wavelets_injected += tile.injected;
    result.wavelets_delivered += tile.received;
  }
  return result;
}

}  // namespace waferloom::wafer
