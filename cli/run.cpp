// SPDX-License-Identifier: Apache-2.0
// `waferloom run`: simulates a scenario and writes its results.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/points.hpp"
#include "cli/run/request.hpp"
#include "cli/run/slurm.hpp"
#include "cli/run/team.hpp"
#include "cli/scenario_set.hpp"
#include "cli/shell/one_of.hpp"
#include "core/error.hpp"
#include "core/input/shared_file.hpp"
#include "ranks/together.hpp"
#include "wafer/prepare/prepare.hpp"

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
    if (team) core::check_readable_by_all(arguments.scenario.scenario);
    set = find_set(arguments.scenario.scenario);
    if (set && team)
      throw core::InputError("expected a scenario for several processes to share, got a set of them");
    if (set && (arguments.checkpoints.wanted() || !arguments.emit.empty()))
      throw core::InputError("--checkpoint, --resume, --emit: expected a scenario, got a set of them");
    if (set) return;
    loaded = arguments.scenario.load();
    if (!arguments.emit.empty() && loaded->fidelity == "burst") {
      throw core::InputError(
          "--emit: expected a scenario at fidelity wavelet, as the job keeps checkpoints, got burst");
    }
    if (team || arguments.partition != 0) check_shareable(*loaded);
    // A checkpoint is of the text that was read, which is read again where the run goes on.
    if (team || arguments.checkpoints.wanted())
      core::check_readable_by_all(loaded->workload.kernel, "workload.kernel: ");
    check_keepable(*loaded, arguments.checkpoints);
    if (!arguments.emit.empty() && arguments.partition == 0) {
      throw core::InputError("--emit: expected --partition RANKS with it, the number of ranks, got none");
    }
  });
  if (!arguments.emit.empty()) {
    // What would end the job at once is told to whom the script is for.
    wafer::with_places(*loaded, [&] { wafer::check(*loaded); });
    print_script(arguments, *loaded);
    return;
  }
  if (set) {
    run_set(*set, {arguments.out, arguments.scenario.overrides, arguments.report, arguments.output});
    return;
  }
  on_stop_signals(request_stop);
  const wafer::Scenario& scenario = *loaded;
  const RunRequest request{arguments, team.get(), stop_requested};
  wafer::with_places(scenario, [&] {
    if (wafer::carries_packets(scenario)) {
      run_traffic(scenario, request);
    } else if (scenario.collective.runs()) {
      run_collective(scenario, request);
    } else if (wafer::runs_kernel(scenario)) {
      run_kernel(scenario, request);
    } else {
      run_trace(scenario, request);
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
