// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include "cli/run/finished_run.hpp"

namespace waferloom::cli {

wafer::Scenario ScenarioArguments::load() const {
  refuse_study(scenario);
  return wafer::load_scenario(wafer::find_scenario(scenario), overrides);
}

void add_scenario_arguments(CLI::App& command, ScenarioArguments& arguments) {
  command
      .add_option("SCENARIO", arguments.scenario,
                  "scenario file, or the name of one that `list scenarios` shows")
      ->required();
  command
      .add_option("--set", arguments.overrides, "override a key of the scenario; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

}  // namespace waferloom::cli
