// SPDX-License-Identifier: Apache-2.0
// `waferloom check`: validates a scenario without simulating it.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/scenario_set.hpp"
#include "wafer/prepare/prepare.hpp"

namespace waferloom::cli {

void add_check_command(CLI::App& app) {
  struct Arguments {
    ScenarioArguments scenario;
    bool effective = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Validate a scenario without simulating it");
  add_scenario_arguments(*command, arguments->scenario);
  command->add_flag("--effective", arguments->effective,
                    "print the whole effective configuration, itself a scenario");
  command->callback([arguments] {
    if (const std::optional<ScenarioSet> set = find_set(arguments->scenario.scenario)) {
      check_set(*set, arguments->scenario.overrides);
      fmt::print("{}: {} scenarios, all valid\n", arguments->scenario.scenario, set->scenarios.size());
      return;
    }
    const wafer::Scenario scenario = arguments->scenario.load();
    wafer::with_places(scenario, [&] { wafer::check(scenario); });
    if (arguments->effective) {
      fmt::print("{}", wafer::effective_yaml(scenario));
    } else {
      fmt::print("{}: valid\n", arguments->scenario.scenario);
    }
  });
}

}  // namespace waferloom::cli
