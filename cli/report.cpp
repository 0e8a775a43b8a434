// SPDX-License-Identifier: Apache-2.0
// `waferloom report`: a run's results as one HTML file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/write_file.hpp"
#include "report/page.hpp"

namespace waferloom::cli {

void add_report_command(CLI::App& app) {
  struct Arguments {
    std::string directory;
    std::string out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("report", "Make one HTML file of a run's results");
  command->add_option("DIR", arguments->directory, "directory that `waferloom run` wrote")->required();
  command->add_option("--out", arguments->out, "file to write; an existing one is replaced [DIR/report.html]")
      ->type_name("FILE");
  command->callback([arguments] {
    const std::filesystem::path directory(arguments->directory);
    const std::filesystem::path out =
        arguments->out.empty() ? directory / "report.html" : std::filesystem::path(arguments->out);
    const report::RunFiles run = report::read_run(directory);
    core::write_file(out, report::make_page(run, core::data_directory() / "report" / "assets"));
    fmt::print("Report: {}\n", out.string());
  });
}

}  // namespace waferloom::cli
