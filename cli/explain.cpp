// SPDX-License-Identifier: Apache-2.0
// `waferloom explain`: what limits a step, by changing each resource of the hardware.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/points.hpp"
#include "cli/run/progress.hpp"
#include "cli/scenario_set.hpp"
#include "core/arithmetic.hpp"
#include "core/error.hpp"
#include "core/write_file.hpp"
#include "results/run_directory.hpp"
#include "study/explain/explanation.hpp"
#include "study/explain/output.hpp"
#include "study/launch/child_process.hpp"
#include "study/plan/plan.hpp"
#include "study/table/study_directory.hpp"

namespace waferloom::cli {

namespace {

namespace fs = std::filesystem;

constexpr double kMostFactor = 1000;
/// Columns of the grid on which changes are simulated: half of what a run has. docs/explain.md has what changes of a step
/// of GPT-3 XL are then off by.
constexpr std::uint32_t kGridColumns = 8;

struct ExplainArguments {
  ScenarioArguments scenario;
  double factor = 2;
  bool no_curves = false;
  std::uint32_t grid = kGridColumns;
  std::string out;
  PointArguments points;
  Output output;
};

/// A step has resources to change; what is no step is refused.
wafer::Scenario require_step(const ExplainArguments& arguments, const study::Study& study) {
  if (find_set(arguments.scenario.scenario)) {
    throw core::InputError(
        fmt::format("{}: expected a scenario, got a set of them", arguments.scenario.scenario));
  }
  wafer::Scenario scenario = arguments.scenario.load();
  const auto refuse = [&](const std::string& got) {
    throw core::InputError(
        fmt::format("{}: expected a training step or a trace, which fidelity burst simulates, got {}; a "
                    "study (`waferloom "
                    "sweep`) can vary it",
                    arguments.scenario.scenario, got));
  };
  if (wafer::carries_packets(scenario)) refuse("a packet network");
  if (scenario.collective.runs()) refuse("a collective");
  if (wafer::runs_kernel(scenario)) refuse("a kernel");
  return study::point_scenario(study, {});
}

study::Study make_study(const ExplainArguments& arguments) {
  study::Study study;
  study.base = wafer::find_scenario(arguments.scenario.scenario);
  for (const std::string& each : arguments.scenario.overrides) {
    const std::size_t equals = std::min(each.find('='), each.size());
    study.common.push_back({each.substr(0, equals), each.substr(std::min(equals + 1, each.size()))});
  }
  study.common.push_back({"fidelity", "burst"});
  return study;
}

/// Changes are simulated on a coarser grid than the step's own run, unless the user has chosen one; gives its columns, 0:
/// it is the step's own.
std::uint32_t coarsen(const ExplainArguments& arguments, const wafer::Scenario& scenario,
                      study::Study& study) {
  const std::uint32_t own = scenario.burst.tiles;
  const auto is_set = [&](std::string_view key) {
    return std::any_of(study.common.begin(), study.common.end(),
                       [&](const auto& setting) { return setting.key == key; });
  };
  const bool chosen = is_set("burst.tiles");
  const std::uint32_t columns = wafer::program_rectangle(scenario).width;
  if (chosen || own == 0 || arguments.grid == 0 || std::min(own, columns) <= arguments.grid) return 0;
  study.common.push_back({"burst.tiles", std::to_string(arguments.grid)});
  // As many blocks for a column as before; lanes keep their columns.
  constexpr std::uint32_t kColumns = wafer::BurstParameters::kColumns;
  const std::uint32_t blocks = scenario.burst.blocks;
  if (blocks != 0 && arguments.grid < kColumns && scenario.workload.lanes == 1 && !is_set("burst.blocks")) {
    study.common.push_back(
        {"burst.blocks", std::to_string(core::ceil_div(std::uint64_t{blocks} * arguments.grid, kColumns))});
  }
  return arguments.grid;
}

/// Sections and keys of a configuration that say nothing about the machine and its step.
nlohmann::json compared(nlohmann::json configuration) {
  for (const char* key : {"name", "description", "fidelity", "seed", "simulation", "observe", "burst"})
    configuration.erase(key);
  return configuration;
}

/// Results that are there must be those of this scenario.
void require_same(const fs::path& directory, const wafer::Scenario& scenario) {
  std::ifstream file(directory / "result.json");
  const nlohmann::json result = nlohmann::json::parse(file, nullptr, false);
  if (!result.is_object() || !result.contains("configuration") ||
      compared(result.at("configuration")) != compared(wafer::effective_json(scenario))) {
    throw core::InputError(
        fmt::format("--out: {0}: expected a new directory, or a finished run of the same scenario, got "
                    "another; `waferloom "
                    "explain {0}/scenario.yaml --out {0}` explains the run that is there",
                    directory.string()));
  }
}

/// The step's own results, so that a report can be made of the directory.
void run_step(const ExplainArguments& arguments, const fs::path& directory) {
  std::vector<std::string> run{"run", arguments.scenario.scenario, "--out", directory.string()};
  for (const std::string& each : arguments.scenario.overrides) run.insert(run.end(), {"--set", each});
  run.insert(run.end(), {"--set", "fidelity=burst"});
  const int status = study::wait_for(study::start_program(run, "/dev/null", {}));
  if (status == 0) return;
  throw core::Error(static_cast<core::ExitStatus>(status),
                    fmt::format("{}: the step itself fails", arguments.scenario.scenario));
}

void explain(const ExplainArguments& arguments) {
  if (!(arguments.factor > 1 && arguments.factor <= kMostFactor)) {
    throw core::InputError(fmt::format("--factor: expected a number above 1 and up to {}, got {}",
                                       kMostFactor, arguments.factor));
  }
  study::Study study = make_study(arguments);
  const wafer::Scenario scenario = require_step(arguments, study);
  study.name = scenario.name;
  const fs::path directory = arguments.out.empty() ? results::default_directory("explain-" + scenario.name)
                                                   : fs::path(arguments.out);
  if (fs::exists(directory)) {
    require_same(directory, scenario);
  } else {
    run_step(arguments, directory);
  }
  const fs::path below = directory / "explain";
  fs::create_directories(below);
  const study::DirectoryLock lock(below);
  catch_stop_signals();
  study::LocalWorkers workers(below, false, arguments.points.workers());
  const study::Cache cache = arguments.points.make_cache();
  const std::uint32_t grid = coarsen(arguments, scenario, study);
  auto explanation = [&] {
    PointsLine line(arguments.output.quiet);
    const auto show = [&](const study::SweepProgress& progress) { line.show(progress); };
    return study::explain({study, below, workers, cache, points_stopped(), show}, arguments.factor,
                          !arguments.no_curves);
  }();
  explanation.grid_columns = grid;
  core::write_file(directory / "explain.csv", study::csv(explanation));
  const nlohmann::ordered_json json = study::to_json(explanation);
  core::write_file(directory / "explain.json", json.dump(1) + "\n");
  arguments.output.print("{}\nResults: {}\n", study::summary(explanation), directory.string());
  arguments.output.print("Next: waferloom report {}\n", shell_word(directory.string()));
  arguments.output.print_json(json);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command =
      app.add_subcommand("explain", "Find what limits a step, by changing each resource of the hardware");
  add_scenario_arguments(*command, arguments->scenario);
  command->add_option("--factor", arguments->factor, "how much more and less of each resource [2]")
      ->type_name("F");
  command->add_flag("--no-curves", arguments->no_curves,
                    "not what lies between and beyond, of resources that buy much");
  command
      ->add_option(
          "--grid", arguments->grid,
          "columns of the grid on which changes are simulated, where the scenario has more and --set "
          "burst.tiles says nothing else; 0: as many as the scenario [8]")
      ->type_name("N");
  command
      ->add_option("-o,--out", arguments->out,
                   "directory for the results: a new one, or that of a run of the scenario "
                   "[runs/explain-NAME]")
      ->type_name("DIR");
  add_point_arguments(*command, "-j,--jobs", arguments->points);
  add_quiet_option(*command, arguments->output);
  add_json_option(*command, arguments->output);
  command->callback([arguments] { explain(*arguments); });
}

}  // namespace waferloom::cli
