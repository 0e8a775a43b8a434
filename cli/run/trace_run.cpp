// SPDX-License-Identifier: Apache-2.0
// `waferloom run` of a training step or a trace, at both fidelities.
#include <atomic>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "cli/run/directory.hpp"
#include "cli/run/preparation.hpp"
#include "cli/run/progress.hpp"
#include "results/report_files.hpp"
#include "wafer/burst/choose.hpp"
#include "wafer/burst/fold.hpp"
#include "wafer/wavelet/shared/predicted_loads.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom::cli {

namespace {

/// The engine of fidelity `burst`; none for others.
std::unique_ptr<burst::Simulator> make_burst_simulator(const wafer::Scenario& scenario) {
  if (scenario.fidelity != "burst") return nullptr;
  return std::make_unique<burst::Simulator>("wafer");
}

burst::Choice choose(wafer::Scenario& scenario, burst::Simulator* simulator, const RunRequest& request) {
  if (simulator == nullptr) return {};
  ProgressLine line(scenario.hardware.pe.clock_hz, request.arguments.output.quiet);
  return burst::choose(*simulator, scenario, request.stop,
                       [&](const wafer::Progress& progress) { line.show(progress); });
}

burst::Outcome simulate(const wafer::Scenario& scenario, const Preparation& preparation,
                        burst::Simulator* simulator, const RunRequest& request, Recording& recording) {
  ProgressLine line(scenario.hardware.pe.clock_hz, request.arguments.output.quiet);
  const auto show = [&](const wafer::Progress& progress) { line.show(progress); };
  const auto note = [&](const wafer::RecordResult& record) {
    if (recording.database) recording.database->add_record(record);
  };
  const wafer::PreparedRun& prepared = preparation.prepared();
  if (simulator != nullptr) {
    return burst::simulate(*simulator, scenario, {prepared.trace, prepared.program, true}, request.stop, show,
                           note, recording.observation->of_bursts());
  }
  return {wafer::simulate({scenario.hardware,
                           {scenario.memoryx, scenario.host},
                           preparation.simulation(),
                           prepared.program,
                           prepared.trace.records,
                           note,
                           scenario.observe.link_samples},
                          request.stop, show, recording.factories(), &*prepared.routes, preparation.share(),
                          preparation.keeper()),
          {},
          0};
}

void write_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                   const RunArguments& arguments, const wafer::PreparedRun& prepared,
                   const burst::Choice& choice, Recording& recording, burst::Outcome& outcome) {
  results::RunDatabase& database = *recording.database;
  const wafer::LoadedTrace& loaded = prepared.trace;
  const core::Rectangle program = prepared.program;
  wafer::RunResult& result = outcome.result;
  result.channels = wafer::some_channels(result.channels, scenario.observe.tracks.channels);
  write_link_samples(directory, result.links);
  // Of a whole wafer these are millions of rows and lines: the database takes them while the files are written.
  const std::vector<results::Levels> levels{results::power_levels(scenario, result),
                                            results::sram_levels(loaded.records, result)};
  const std::vector<wafer::TileState>& tile_states = recording.observation->tile_states();
  const std::vector<wafer::LinkTotals> link_totals = wafer::totals(result.links);
  std::future<void> stored = std::async(std::launch::async, [&] {
    database.add_layers(scenario, result.groups);
    database.add_link_samples(link_totals);
    database.add_levels(levels);
    database.add_channels(result.channels);
    database.add_tile_states(tile_states);
    if (scenario.observe.maps) database.add_tiles(result.tiles, program);
  });
  directory.write("layers.csv", results::layers_csv(scenario, result));
  directory.write_parts("sram_plan.csv", [&](results::TextParts& text) {
    results::sram_plan_csv(loaded.records, result, text);
  });
  if (scenario.observe.maps) write_maps(directory, scenario, result.tiles, result.cycles, program);
  if (scenario.observe.timeline) {
    write_timeline(directory, {scenario.name,
                               result.clock_hz,
                               results::channel_rate(scenario.hardware.fabric, scenario.hardware.io,
                                                     scenario.hardware.pe.clock_hz),
                               scenario.hardware.io.channels,
                               result.records,
                               result.groups,
                               link_totals,
                               levels,
                               result.channels,
                               tile_states,
                               {},
                               scenario.hardware.fabric.link_cycles()});
  }
  const results::HostTimes times{result.elaboration_s, result.simulation_s, result.hops, outcome.transfers};
  const nlohmann::ordered_json json =
      results::result_json(scenario, loaded.header, result, choice, outcome.folded);
  stored.get();
  database.finish(json);
  conclude(directory, arguments, json, results::host_json(scenario, times));
}

}  // namespace

void run_trace(wafer::Scenario scenario, const RunRequest& request) {
  const std::unique_ptr<burst::Simulator> simulator = make_burst_simulator(scenario);
  // A choice takes long; what follows refuses in time by itself.
  if (scenario.workload.automatic != models::Automatic::none && !request.arguments.out.empty()) {
    results::RunDirectory::require_new(request.arguments.out);
  }
  const burst::Choice choice = choose(scenario, simulator.get(), request);
  const Preparation preparation(
      scenario, request, [](const wafer::PreparedRun& run) { return checksum_of(run.trace.records); },
      [&](const wafer::PreparedRun& run) -> RegionLoads {
        return [loads = wafer::predict_loads(scenario.hardware, run.program, run.trace.records)](
                   const core::RegionGrid& grid) { return wafer::by_region(grid, loads); };
      });
  if (preparation.was_all()) return;
  record_run(
      scenario, request, preparation,
      [&](Recording& recording) {
        return simulate(scenario, preparation, simulator.get(), request, recording);
      },
      [&](const results::RunDirectory& directory, Recording& recording, burst::Outcome& outcome) {
        write_results(directory, scenario, request.arguments, preparation.prepared(), choice, recording,
                      outcome);
      });
}

}  // namespace waferloom::cli
