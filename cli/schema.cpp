// SPDX-License-Identifier: Apache-2.0
// `waferloom schema`: the JSON Schema of scenarios, or of kernel files, for editors.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "core/config/reference.hpp"
#include "kernels/language.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

void add_schema_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of scenario files (for editors)");
  const auto of_kernels = std::make_shared<bool>(false);
  command->add_flag("--kernel", *of_kernels, "of kernel files instead");
  command->callback([of_kernels] {
    if (*of_kernels) {
      fmt::print("{}\n", kernels::kernel_schema().dump(2));
      return;
    }
    wafer::Scenario defaults;
    const wafer::ScenarioKeys keys(defaults);
    fmt::print("{}\n", core::config::json_schema(keys.keys(), "Waferloom scenario").dump(2));
  });
}

}  // namespace waferloom::cli
