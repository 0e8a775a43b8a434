// SPDX-License-Identifier: Apache-2.0
// `waferloom schema`: the JSON Schema of scenarios, for editors.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "core/config/reference.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

void add_schema_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of scenario files (for editors)");
  command->callback([] {
    wafer::Scenario defaults;
    const wafer::ScenarioKeys keys(defaults);
    fmt::print("{}\n", core::config::json_schema(keys.keys(), "Waferloom scenario").dump(2));
  });
}

}  // namespace waferloom::cli
