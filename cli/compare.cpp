// SPDX-License-Identifier: Apache-2.0
// `waferloom compare`: what differs between runs, in configuration and in results.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "core/data_path.hpp"
#include "core/write_file.hpp"
#include "report/comparison.hpp"

namespace waferloom::cli {

void add_compare_command(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> directories;
    std::string json;
    std::string html;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("compare", "Set runs beside each other");
  command
      ->add_option("DIR", arguments->directories,
                   "directories that `waferloom run` wrote; ratios are to the first")
      ->required()
      ->expected(2, 16);
  command->add_option("--json", arguments->json, "write the comparison here as well")->type_name("FILE");
  command->add_option("--html", arguments->html, "write a page with charts here")->type_name("FILE");
  command->callback([arguments] {
    const nlohmann::ordered_json comparison =
        report::compare_runs({arguments->directories.begin(), arguments->directories.end()});
    if (!arguments->json.empty()) core::write_file(arguments->json, comparison.dump(1) + "\n");
    if (!arguments->html.empty()) {
      core::write_file(arguments->html, report::make_comparison_page(
                                            comparison, core::data_directory() / "report" / "assets"));
    }
    fmt::print("{}", report::comparison_text(comparison));
  });
}

}  // namespace waferloom::cli
