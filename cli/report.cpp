// SPDX-License-Identifier: Apache-2.0
// `waferloom report`: a run's results as one HTML file.
#include <filesystem>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/run/finished_run.hpp"
#include "cli/run/write_report.hpp"

namespace waferloom::cli {

void add_report_command(CLI::App& app) {
  struct Arguments {
    std::string directory;
    std::string out;
    Output output;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("report", "Make one HTML file of a run's results");
  command->add_option("DIR", arguments->directory, "directory that `waferloom run` wrote")->required();
  command
      ->add_option("-o,--out", arguments->out, "file to write; an existing one is replaced [DIR/report.html]")
      ->type_name("FILE");
  add_quiet_option(*command, arguments->output);
  add_json_option(*command, arguments->output);
  command->callback([arguments] {
    const std::filesystem::path directory(arguments->directory);
    const std::filesystem::path out =
        arguments->out.empty() ? directory / "report.html" : std::filesystem::path(arguments->out);
    require_run(directory);
    write_report(directory, out);
    arguments->output.print("Report: {}\n", out.string());
    arguments->output.print_json({{"directory", directory.string()}, {"report", out.string()}});
  });
}

}  // namespace waferloom::cli
