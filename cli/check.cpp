// SPDX-License-Identifier: Apache-2.0
// `waferloom check`: validates a scenario without simulating it.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/scenario_set.hpp"
#include "cli/sram_plan_text.hpp"
#include "core/error.hpp"
#include "core/units.hpp"
#include "trace/sram_plan.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/scenario/placement.hpp"

namespace waferloom::cli {

namespace {

void print_sram_plan(const wafer::LoadedTrace& loaded, const wafer::Scenario& scenario,
                     const std::vector<std::uint32_t>& tile) {
  if (loaded.records.empty()) {
    throw core::InputError(
        "--sram: expected a scenario with a settled trace, got one without, or with workload.auto, which "
        "chooses as it runs");
  }
  if (!tile.empty() && (tile[0] >= loaded.header.columns || tile[1] >= loaded.header.rows)) {
    throw core::InputError(
        fmt::format("--tile: expected a tile of the {} x {} that the program uses, got {},{}",
                    loaded.header.columns, loaded.header.rows, tile[0], tile[1]));
  }
  const trace::SramPlan plan = tile.empty() ? trace::fullest_sram_plan(loaded.records)
                                            : trace::sram_plan(loaded.records, {tile[0], tile[1]});
  fmt::print("{}", sram_plan_text(plan, loaded.records, wafer::make_placement(scenario).sram_bytes));
}

}  // namespace

void add_check_command(CLI::App& app) {
  struct Arguments {
    ScenarioArguments scenario;
    bool effective = false;
    bool sram = false;
    std::vector<std::uint32_t> tile;
    Output output;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Validate a scenario without simulating it");
  add_scenario_arguments(*command, arguments->scenario);
  CLI::Option* effective = command->add_flag("--effective", arguments->effective,
                                             "print the whole effective configuration, itself a scenario");
  CLI::Option* sram = command->add_flag(
      "--sram", arguments->sram,
      "print the plan of the SRAM: which tensor lives from which record to which, on the fullest tile");
  command->add_option("--tile", arguments->tile, "print it for this tile of the program's rectangle, as X,Y")
      ->delimiter(',')
      ->expected(2);
  add_quiet_option(*command, arguments->output);
  command->add_flag("--json", arguments->output.json, "print what is printed as JSON")->excludes(sram);
  effective->excludes(sram);
  command->callback([arguments] {
    if (const std::optional<ScenarioSet> set = find_set(arguments->scenario.scenario)) {
      check_set(*set, arguments->scenario.overrides);
      arguments->output.print("{}: {}, all valid\n", arguments->scenario.scenario,
                              core::counted(set->scenarios.size(), "scenario"));
      arguments->output.print_json(
          {{"scenario", arguments->scenario.scenario}, {"scenarios", set->scenarios}, {"valid", true}});
      return;
    }
    const wafer::Scenario scenario = arguments->scenario.load();
    wafer::with_places(scenario, [&] { wafer::check(scenario); });
    if (arguments->sram || !arguments->tile.empty()) {
      print_sram_plan(wafer::prepare(scenario).trace, scenario, arguments->tile);
    } else if (arguments->effective) {
      arguments->output.print("{}", wafer::effective_yaml(scenario));
      arguments->output.print_json(wafer::effective_json(scenario));
    } else {
      arguments->output.print("{}: valid\n", arguments->scenario.scenario);
      arguments->output.print_json({{"scenario", arguments->scenario.scenario}, {"valid", true}});
    }
  });
}

}  // namespace waferloom::cli
