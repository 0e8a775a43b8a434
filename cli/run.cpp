// SPDX-License-Identifier: Apache-2.0
// `waferloom run`: simulates a scenario and writes its results.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/points.hpp"
#include "cli/run/checkpoints.hpp"
#include "cli/run/observation.hpp"
#include "cli/run/progress.hpp"
#include "cli/run/slurm.hpp"
#include "cli/run/summary_json.hpp"
#include "cli/run/team.hpp"
#include "cli/run/write_report.hpp"
#include "cli/scenario_set.hpp"
#include "cli/shell/one_of.hpp"
#include "core/error.hpp"
#include "noc/traffic_run.hpp"
#include "ranks/together.hpp"
#include "report/summary.hpp"
#include "results/collective_files.hpp"
#include "results/kernel_files.hpp"
#include "results/report_files.hpp"
#include "results/run_database.hpp"
#include "results/run_directory.hpp"
#include "results/timeline/perfetto.hpp"
#include "results/traffic_files.hpp"
#include "wafer/burst/choose.hpp"
#include "wafer/burst/fold.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/wavelet/collective_run.hpp"
#include "wafer/wavelet/kernel/kernel_run.hpp"
#include "wafer/wavelet/shared/predicted_loads.hpp"
#include "wafer/wavelet/simulation.hpp"
#include "wafer/wavelet/stuck.hpp"

namespace waferloom::cli {

namespace {

// A signal handler can reach nothing but an object of static duration.
std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int) {
  stop_requested.store(true);
  std::signal(SIGINT, SIG_DFL);  // a second Ctrl-C ends the program at once
}

constexpr int kMostJobs = 1024;
constexpr int kMostRanks = 1'000'000;

struct RunArguments {
  ScenarioArguments scenario;
  std::string out;
  std::string fidelity;
  std::string seed;
  bool no_fold = false;
  CheckpointArguments checkpoints;
  int jobs = 1;
  int partition = 0;    ///< ranks; 0: the partition is not wanted
  std::string emit;     ///< a format; empty: the run is wanted, not a script for it
  bool report = false;  ///< write the report as well
  Output output;
};

/// The engine of fidelity `burst`; none for others.
std::unique_ptr<burst::Simulator> make_burst_simulator(const wafer::Scenario& scenario) {
  if (scenario.fidelity != "burst") return nullptr;
  return std::make_unique<burst::Simulator>("wafer");
}

burst::Choice choose(wafer::Scenario& scenario, burst::Simulator* simulator, bool quiet) {
  if (simulator == nullptr) return {};
  ProgressLine line(scenario.hardware.pe.clock_hz, quiet);
  return burst::choose(*simulator, scenario, stop_requested,
                       [&](const wafer::Progress& progress) { line.show(progress); });
}

/// Where records and signals of a run go. Of a run that ranks share, rank 0 alone has a directory and a database.
struct Recording {
  Recording(const results::RunDirectory* directory, const wafer::Scenario& scenario,
            const wafer::Chosen& observed, ranks::Ranks* team, const CheckpointArguments& checkpoints) {
    ranks::on_all(team, [&] {
      if (directory != nullptr) database.emplace(directory->path() / "results.sqlite", scenario);
      observation.emplace(scenario, observed,
                          Observation::Place{directory != nullptr ? &directory->path() : nullptr, team,
                                             checkpoints.wanted(), checkpoints.resume});
    });
  }
  [[nodiscard]] wafer::ObserverFactories factories() const {
    return observation ? observation->factories() : wafer::ObserverFactories{};
  }

  std::optional<results::RunDatabase> database;
  std::optional<Observation> observation;
};

/// What one run of a trace needs.
struct TraceSetting {
  const wafer::Scenario& scenario;
  const wafer::PreparedRun& prepared;
  burst::Simulator* simulator;
  const core::SimulationParameters& simulation;
  const ranks::Share* share;
  checkpoint::Keeper* keeper;  ///< none: no checkpoints
  const RunArguments& arguments;
};

burst::Outcome simulate(const TraceSetting& setting, Recording& recording) {
  const wafer::Scenario& scenario = setting.scenario;
  ProgressLine line(scenario.hardware.pe.clock_hz, setting.arguments.output.quiet);
  const auto show = [&](const wafer::Progress& progress) { line.show(progress); };
  const auto note = [&](const wafer::RecordResult& record) {
    if (recording.database) recording.database->add_record(record);
  };
  if (setting.simulator != nullptr) {
    return burst::simulate(*setting.simulator, scenario,
                           {setting.prepared.trace, setting.prepared.program, true}, stop_requested, show,
                           note, recording.observation->of_bursts());
  }
  return {wafer::simulate({scenario.hardware,
                           {scenario.memoryx, scenario.host},
                           setting.simulation,
                           setting.prepared.program,
                           setting.prepared.trace.records,
                           note,
                           scenario.observe.link_samples},
                          stop_requested, show, recording.factories(), &*setting.prepared.routes,
                          setting.share, setting.keeper),
          {},
          0};
}

/// `fill(directory)` simulates into a new directory, which rank 0 alone has; others get nullptr. Bad input that shows
/// only as the machine is built (a way that cannot be laid, a signal that does not exist) leaves none.
template <class Fill>
void fill_directory(const wafer::Scenario& scenario, const RunArguments& arguments, ranks::Ranks* team,
                    checkpoint::Keeper* keeper, const Fill& fill) {
  std::optional<results::RunDirectory> directory;
  try {
    ranks::on_all(team, [&] {
      if (team != nullptr && !team->leads()) return;
      directory.emplace(directory_of(scenario, arguments.out, arguments.checkpoints));
      directory->write("scenario.yaml", wafer::effective_yaml(scenario));
    });
    write_checkpoints(keeper, arguments.checkpoints, directory ? &*directory : nullptr);
    fill(directory ? &*directory : nullptr);
    if (directory) remove_checkpoint(keeper, *directory);
  } catch (const core::InputError&) {
    if (directory) directory->remove();
    throw;
  }
}

/// A run that gets stuck leaves a picture of what waits for what.
template <class Run>
auto run_or_draw(const results::RunDirectory& directory, const Run& run) {
  try {
    return run();
  } catch (const wafer::StuckError& error) {
    if (!error.picture().empty()) directory.write("deadlock.svg", error.picture());
    throw;
  }
}

void write_timeline(const results::RunDirectory& directory, const results::TimelineInput& input) {
  const results::Timeline timeline = results::make_timeline(input);
  directory.write_parts("timeline.pftrace",
                        [&](results::TextParts& text) { results::perfetto_trace(timeline, text); });
}

/// What each link and each tile of `program` did.
void write_maps(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                const std::vector<wafer::TileResult>& tiles, core::Cycle cycles, core::Rectangle program) {
  directory.write_parts("links.csv", [&](results::TextParts& text) {
    results::links_csv(tiles, cycles, scenario.hardware.fabric.link_cycles(), text);
  });
  directory.write_parts("tiles.csv",
                        [&](results::TextParts& text) { results::tiles_csv(tiles, cycles, program, text); });
}

void write_link_samples(const results::RunDirectory& directory, const wafer::LinkSamples& links) {
  if (links.samples.empty()) return;
  directory.write_parts("link_samples.csv",
                        [&](results::TextParts& text) { results::link_samples_csv(links, text); });
}

/// The last files, and what the user reads.
void conclude(const results::RunDirectory& directory, const RunArguments& arguments,
              const nlohmann::ordered_json& result, const nlohmann::ordered_json& host) {
  directory.write("host.json", host.dump(2) + "\n");
  directory.write_atomically("result.json", result.dump(2) + "\n");
  const std::string path = directory.path().string();
  const Output& output = arguments.output;
  output.print("{}\nResults: {}\n", report::summary_text(result, host), path);
  nlohmann::ordered_json json = summary_json(result, host);
  json["directory"] = path;
  if (arguments.report) {
    const std::filesystem::path page = directory.path() / "report.html";
    write_report(directory.path(), page);
    output.print("Report: {}\n", page.string());
    json["report"] = page.string();
  } else {
    output.print("Next: waferloom report {0}, waferloom show {0}\n", shell_word(path));
  }
  output.print_json(json);
}

void write_trace_results(const results::RunDirectory& directory, const TraceSetting& setting,
                         const burst::Choice& choice, Recording& recording, burst::Outcome& outcome) {
  results::RunDatabase& database = *recording.database;
  const wafer::Scenario& scenario = setting.scenario;
  const wafer::LoadedTrace& loaded = setting.prepared.trace;
  const core::Rectangle program = setting.prepared.program;
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
                               {}});
  }
  const results::HostTimes times{result.elaboration_s, result.simulation_s, result.hops, outcome.transfers};
  const nlohmann::ordered_json json =
      results::result_json(scenario, loaded.header, result, choice, outcome.folded);
  stored.get();
  database.finish(json);
  conclude(directory, setting.arguments, json, results::host_json(scenario, times));
}

/// Ranks of which a run's partition is wanted.
int ranks_of(const RunArguments& arguments, const ranks::Ranks* team) {
  if (arguments.partition != 0) return arguments.partition;
  return team != nullptr ? team->size() : 1;
}

/// This rank's share of a run; none: the process is alone.
std::optional<ranks::Share> share_of(ranks::Ranks* team, const std::optional<Division>& division) {
  if (team == nullptr) return std::nullopt;
  return ranks::Share{*team, division->partition()};
}

/// Of the regions of a grid, where each tile or node of `area` has about as much to do.
std::vector<std::uint64_t> even_loads(const core::RegionGrid& grid, core::Rectangle area) {
  std::vector<std::uint64_t> loads;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    loads.push_back(core::intersection(grid.area(i), area).area());
  }
  return loads;
}

void show_partition(const std::optional<Division>& division, const ranks::Ranks* team) {
  if (team != nullptr && !team->leads()) return;
  fmt::print("{}", division ? division->text() : std::string("one rank has all regions\n"));
}

void run_trace(wafer::Scenario scenario, const RunArguments& arguments, ranks::Ranks* team) {
  const std::unique_ptr<burst::Simulator> simulator = make_burst_simulator(scenario);
  // A choice takes long; what follows refuses in time by itself.
  if (scenario.workload.automatic != models::Automatic::none && !arguments.out.empty()) {
    results::RunDirectory::require_new(arguments.out);
  }
  const burst::Choice choice = choose(scenario, simulator.get(), arguments.output.quiet);
  std::optional<wafer::PreparedRun> made;
  std::optional<Division> division;
  std::unique_ptr<checkpoint::Keeper> keeper;
  ranks::on_all(team, [&] {
    wafer::with_places(scenario, [&] { made.emplace(wafer::prepare(scenario)); });
    keeper = make_keeper(
        scenario, arguments.checkpoints, [&] { return checksum_of(made->trace.records); }, team);
    if (ranks_of(arguments, team) == 1) return;
    division.emplace(scenario, ranks_of(arguments, team), [&](const core::RegionGrid& grid) {
      return wafer::predict_loads(grid, scenario.hardware, made->program, made->trace.records);
    });
  });
  if (arguments.partition != 0) return show_partition(division, team);
  const std::optional<ranks::Share> share = share_of(team, division);
  const TraceSetting setting{scenario,
                             *made,
                             simulator.get(),
                             division ? division->simulation() : scenario.simulation,
                             share ? &*share : nullptr,
                             keeper.get(),
                             arguments};
  fill_directory(scenario, arguments, team, keeper.get(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, made->observed, team, arguments.checkpoints);
    const auto run = [&] { return simulate(setting, recording); };
    burst::Outcome outcome = directory == nullptr ? run() : run_or_draw(*directory, run);
    ranks::on_all(team, [&] {
      if (directory == nullptr) return;
      write_trace_results(*directory, setting, choice, recording, outcome);
    });
  });
}

void run_collective(const wafer::Scenario& scenario, const RunArguments& arguments, ranks::Ranks* team) {
  std::optional<wafer::PreparedRun> made;
  std::optional<Division> division;
  std::unique_ptr<checkpoint::Keeper> keeper;
  ranks::on_all(team, [&] {
    made.emplace(wafer::with_places(scenario, [&] { return wafer::prepare(scenario); }));
    keeper = make_keeper(
        scenario, arguments.checkpoints, [] { return 0U; }, team);
    division.emplace(scenario, ranks_of(arguments, team),
                     [&](const core::RegionGrid& grid) { return wafer::predict_loads(grid, made->plan); });
  });
  if (arguments.partition != 0) return show_partition(division, team);
  const wafer::PreparedRun& prepared = *made;
  const core::Rectangle area = prepared.program;
  const std::optional<ranks::Share> share = share_of(team, division);
  fill_directory(scenario, arguments, team, keeper.get(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, prepared.observed, team, arguments.checkpoints);
    const auto simulate = [&] {
      return wafer::run_plan(scenario.hardware, division->simulation(), area, prepared.plan, stop_requested,
                             {recording.factories(), scenario.observe.link_samples},
                             share ? &*share : nullptr, keeper.get());
    };
    const wafer::PlanResult result = directory == nullptr ? simulate() : run_or_draw(*directory, simulate);
    ranks::on_all(team, [&] {
      if (directory == nullptr) return;
      write_maps(*directory, scenario, result.tiles, result.cycles, area);
      write_link_samples(*directory, result.links);
      const results::HostTimes times{result.elaboration_s, result.simulation_s, result.hops, {}};
      const nlohmann::ordered_json json = results::collective_json(scenario, result);
      recording.database->add_tiles(result.tiles, area);
      recording.database->finish(json);
      conclude(*directory, arguments, json, results::host_json(scenario, times));
    });
  });
}

void write_kernel_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                          const RunArguments& arguments, const wafer::PreparedRun& prepared,
                          Recording& recording, const wafer::KernelResult& result) {
  const wafer::PlanResult& run = result.run;
  if (scenario.observe.maps) write_maps(directory, scenario, run.tiles, run.cycles, prepared.program);
  write_link_samples(directory, run.links);
  directory.write("tasks.csv", results::tasks_csv(prepared.kernel, result));
  if (prepared.kernel.kernel->values) {
    directory.write_parts(
        "values.csv", [&](results::TextParts& text) { results::values_csv(prepared.kernel, result, text); });
  }
  const std::vector<wafer::TileState>& tile_states = recording.observation->tile_states();
  if (scenario.observe.timeline && !tile_states.empty()) {
    const std::vector<std::string> tasks = results::task_names(prepared.kernel);
    write_timeline(directory, {scenario.name, run.clock_hz, 1, 0, {}, {}, {}, {}, {}, tile_states, tasks});
  }
  const nlohmann::ordered_json json = results::kernel_json(scenario, prepared.kernel, result);
  if (scenario.observe.maps) recording.database->add_tiles(run.tiles, prepared.program);
  recording.database->finish(json);
  conclude(directory, arguments, json,
           results::host_json(scenario, {run.elaboration_s, run.simulation_s, run.hops, {}}));
}

void run_kernel(const wafer::Scenario& scenario, const RunArguments& arguments, ranks::Ranks* team) {
  std::optional<wafer::PreparedRun> made;
  std::optional<Division> division;
  std::unique_ptr<checkpoint::Keeper> keeper;
  ranks::on_all(team, [&] {
    made.emplace(wafer::with_places(scenario, [&] { return wafer::prepare(scenario); }));
    keeper = make_keeper(
        scenario, arguments.checkpoints, [&] { return checksum_of_file(made->kernel.kernel->file); }, team);
    division.emplace(scenario, ranks_of(arguments, team),
                     [&](const core::RegionGrid& grid) { return even_loads(grid, made->program); });
  });
  if (arguments.partition != 0) return show_partition(division, team);
  const wafer::PreparedRun& prepared = *made;
  const std::optional<ranks::Share> share = share_of(team, division);
  fill_directory(scenario, arguments, team, keeper.get(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, prepared.observed, team, arguments.checkpoints);
    const auto simulate = [&] {
      return wafer::run_kernel(scenario.hardware, division->simulation(), prepared.kernel, stop_requested,
                               {recording.factories(), scenario.observe.link_samples},
                               share ? &*share : nullptr, keeper.get());
    };
    const wafer::KernelResult result = directory == nullptr ? simulate() : run_or_draw(*directory, simulate);
    ranks::on_all(team, [&] {
      if (directory != nullptr)
        write_kernel_results(*directory, scenario, arguments, prepared, recording, result);
    });
  });
}

void run_traffic(const wafer::Scenario& scenario, const RunArguments& arguments, ranks::Ranks* team) {
  std::optional<Division> division;
  std::unique_ptr<checkpoint::Keeper> keeper;
  ranks::on_all(team, [&] {
    wafer::with_places(scenario, [&] { wafer::check(scenario); });
    keeper = make_keeper(
        scenario, arguments.checkpoints, [&] { return checksum_of_file(scenario.traffic.table); }, team);
    if (ranks_of(arguments, team) == 1) return;
    division.emplace(scenario, ranks_of(arguments, team), [&](const core::RegionGrid& grid) {
      const fabric::FabricParameters& fabric = scenario.hardware.fabric;
      return even_loads(grid, {0, 0, fabric.width, fabric.height});
    });
  });
  if (arguments.partition != 0) return show_partition(division, team);
  const std::optional<ranks::Share> share = share_of(team, division);
  std::optional<noc::TrafficRunner> runner;
  ranks::on_all(team, [&] {
    runner.emplace(noc::NetworkParameters{scenario.hardware.fabric, scenario.packet_routers},
                   scenario.hardware.pe.clock_hz, division ? division->simulation() : scenario.simulation,
                   scenario.traffic, scenario.seed, share ? &*share : nullptr);
  });
  if (keeper) runner->keep_in(*keeper);
  fill_directory(scenario, arguments, team, keeper.get(), [&](const results::RunDirectory* directory) {
    std::vector<noc::TrafficResult> loads;
    if (scenario.traffic.find_saturation) {
      loads = noc::find_saturation(*runner, scenario.traffic.tolerance, scenario.traffic.curve,
                                   stop_requested, {});
    } else {
      loads.push_back(runner->run(scenario.traffic, stop_requested));
    }
    ranks::on_all(team, [&] {
      if (directory == nullptr) return;
      directory->write("loads.csv", results::loads_csv(loads));
      if (const noc::TrafficResult* shown = results::shown_load(scenario, loads);
          shown != nullptr && scenario.observe.maps) {
        directory->write("link_flits.csv", results::link_flits_csv(scenario, *shown));
      }
      conclude(*directory, arguments, results::traffic_result_json(scenario, loads),
               results::traffic_host_json(scenario, loads));
    });
  });
}

/// Of a run that is to be done later, on as many ranks as --partition says.
void print_script(const RunArguments& arguments, const wafer::Scenario& scenario) {
  BatchRun batch{scenario.name,
                 arguments.partition,
                 {"run", arguments.scenario.scenario},
                 arguments.out,
                 arguments.checkpoints.every};
  for (const std::string& each : arguments.scenario.overrides) {
    batch.words.insert(batch.words.end(), {"--set", each});
  }
  if (batch.out.empty()) batch.out = (std::filesystem::path("runs") / scenario.name).string();
  fmt::print("{}", slurm_script(batch));
}

void run(RunArguments& arguments) {
  if (!arguments.fidelity.empty()) arguments.scenario.overrides.push_back("fidelity=" + arguments.fidelity);
  if (arguments.no_fold) arguments.scenario.overrides.emplace_back("burst.fold=false");
  if (!arguments.seed.empty()) arguments.scenario.overrides.push_back("seed=" + arguments.seed);
  // Who asks for a script does not sit beside the run.
  if (!arguments.emit.empty() && arguments.checkpoints.every.empty()) arguments.checkpoints.every = "10 min";
  const std::unique_ptr<ranks::Ranks> team = find_team(arguments.jobs);
  std::optional<ScenarioSet> set;
  std::optional<wafer::Scenario> loaded;
  ranks::on_all(team.get(), [&] {
    if (team) check_readable_by_all(arguments.scenario.scenario);
    set = find_set(arguments.scenario.scenario);
    if (set && team)
      throw core::InputError("expected a scenario for several processes to share, got a set of them");
    if (set && (arguments.checkpoints.wanted() || !arguments.emit.empty()))
      throw core::InputError("--checkpoint, --resume, --emit: expected a scenario, got a set of them");
    if (set) return;
    loaded = arguments.scenario.load();
    if (team || arguments.partition != 0) check_shareable(*loaded);
    check_keepable(*loaded, arguments.checkpoints);
    if (!arguments.emit.empty() && arguments.partition == 0) {
      throw core::InputError("--emit: expected --partition RANKS with it, the number of ranks, got none");
    }
  });
  if (!arguments.emit.empty()) return print_script(arguments, *loaded);
  if (set) {
    run_set(*set, {arguments.out, arguments.scenario.overrides, arguments.report, arguments.output});
    return;
  }
  on_stop_signals(request_stop);
  const wafer::Scenario& scenario = *loaded;
  wafer::with_places(scenario, [&] {
    if (wafer::carries_packets(scenario)) {
      run_traffic(scenario, arguments, team.get());
    } else if (scenario.collective.runs()) {
      run_collective(scenario, arguments, team.get());
    } else if (wafer::runs_kernel(scenario)) {
      run_kernel(scenario, arguments, team.get());
    } else {
      run_trace(scenario, arguments, team.get());
    }
  });
}

}  // namespace

void add_run_command(CLI::App& app) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Simulate a scenario and write its results");
  add_scenario_arguments(*command, arguments->scenario);
  command->add_option("-o,--out", arguments->out, "directory for the results; must not exist [runs/NAME]")
      ->type_name("DIR");
  command->add_option("--fidelity", arguments->fidelity, "the same as --set fidelity=...")
      ->type_name("wavelet|burst");
  command->add_flag("--no-fold", arguments->no_fold,
                    "simulate all layers and micro-batches; --set burst.fold=false");
  command->add_option("--seed", arguments->seed, "the same as --set seed=...")->type_name("N");
  command
      ->add_option("-j,--jobs", arguments->jobs,
                   "processes of this machine that share the run [1]; for several machines: mpirun")
      ->type_name("N")
      ->check(CLI::Range(1, kMostJobs));
  command
      ->add_option("--partition", arguments->partition,
                   "show how so many ranks would share the run, with the load of each, and end")
      ->type_name("RANKS")
      ->check(CLI::Range(1, kMostRanks));
  command
      ->add_option(
          "--emit", arguments->emit,
          "print a script for a scheduler that does the run on so many ranks as --partition says, and end")
      ->type_name("slurm")
      ->check(one_of({"slurm"}));
  command
      ->add_option(
          "--checkpoint", arguments->checkpoints.every,
          "keep the state of the run so often, by simulated cycles (20000 cycles) or by the clock (10 min)")
      ->type_name("EVERY");
  command
      ->add_option("--resume", arguments->checkpoints.resume,
                   "go on from the checkpoint in this directory of results, there unless --out is given")
      ->type_name("DIR");
  command->add_flag("--report", arguments->report, "write the report as well: DIR/report.html");
  add_quiet_option(*command, arguments->output);
  add_json_option(*command, arguments->output);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace waferloom::cli
