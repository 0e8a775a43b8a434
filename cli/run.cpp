// SPDX-License-Identifier: Apache-2.0
// `waferloom run`: simulates a scenario and writes its results.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "core/error.hpp"
#include "results/report_files.hpp"
#include "results/run_directory.hpp"
#include "results/traffic_files.hpp"
#include "wafer/lowering.hpp"
#include "wafer/simulation.hpp"
#include "wafer/traffic_run.hpp"

namespace waferloom::cli {

namespace {

// A signal handler can reach nothing but an object of static duration.
std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int) {
  stop_requested.store(true);
  std::signal(SIGINT, SIG_DFL);  // a second Ctrl-C ends the program at once
}

struct Arguments {
  ScenarioArguments scenario;
  std::string out;
  std::string fidelity;
  std::string seed;
};

wafer::RunResult simulate(const wafer::Scenario& scenario, const wafer::LoadedTrace& loaded,
                          core::Rectangle program) {
  ProgressLine line(scenario.pe.clock_hz);
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  return wafer::simulate({{scenario.fabric, scenario.io, scenario.pe},
                          scenario.memoryx,
                          scenario.simulation,
                          program,
                          loaded.records},
                         stop_requested, [&](const wafer::Progress& progress) { line.show(progress); });
}

void run_traffic(const wafer::Scenario& scenario, const std::string& out) {
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  wafer::TrafficRunner runner(scenario.fabric, scenario.pe.clock_hz, scenario.simulation, scenario.traffic,
                              scenario.seed);
  const results::RunDirectory directory(out.empty() ? results::default_directory(scenario.name)
                                                    : std::filesystem::path(out));
  directory.write("scenario.yaml", wafer::effective_yaml(scenario));
  std::vector<wafer::TrafficResult> loads;
  if (scenario.traffic.find_saturation) {
    loads = wafer::find_saturation(runner, scenario.traffic.tolerance, stop_requested, {});
  } else {
    loads.push_back(runner.run(scenario.traffic, stop_requested));
  }
  directory.write("loads.csv", results::loads_csv(loads));
  directory.write("host.json", results::traffic_host_json(scenario, loads).dump(2) + "\n");
  directory.write_atomically("result.json", results::traffic_result_json(scenario, loads).dump(2) + "\n");
  fmt::print("{}\nResults: {}\n", results::traffic_summary(scenario, loads), directory.path().string());
}

void run(Arguments& arguments) {
  if (!arguments.fidelity.empty()) arguments.scenario.overrides.push_back("fidelity=" + arguments.fidelity);
  if (!arguments.seed.empty()) arguments.scenario.overrides.push_back("seed=" + arguments.seed);
  const wafer::Scenario scenario = arguments.scenario.load();
  if (wafer::carries_packets(scenario)) {
    run_traffic(scenario, arguments.out);
    return;
  }
  const wafer::LoadedTrace loaded = wafer::load_trace(scenario);
  const results::RunDirectory directory(arguments.out.empty() ? results::default_directory(scenario.name)
                                                              : std::filesystem::path(arguments.out));
  directory.write("scenario.yaml", wafer::effective_yaml(scenario));
  core::Rectangle program = wafer::program_rectangle(scenario);
  program.width = loaded.header.columns;
  program.height = loaded.header.rows;
  const wafer::RunResult result = simulate(scenario, loaded, program);
  directory.write("layers.csv", results::layers_csv(result));
  directory.write("links.csv", results::links_csv(result));
  directory.write("tiles.csv", results::tiles_csv(result, program));
  directory.write("host.json", results::host_json(scenario, result).dump(2) + "\n");
  const std::string summary = results::summary_table(scenario, loaded.header, result);
  directory.write_atomically("result.json",
                             results::result_json(scenario, loaded.header, result).dump(2) + "\n");
  fmt::print("{}\nResults: {}\n", summary, directory.path().string());
}

}  // namespace

void add_run_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("run", "Simulate a scenario and write its results");
  add_scenario_arguments(*command, arguments->scenario);
  command->add_option("--out", arguments->out, "directory for the results; must not exist [runs/NAME]")
      ->type_name("DIR");
  command->add_option("--fidelity", arguments->fidelity, "the same as --set fidelity=...")
      ->type_name("wavelet");
  command->add_option("--seed", arguments->seed, "the same as --set seed=...")->type_name("N");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace waferloom::cli
