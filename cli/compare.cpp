// SPDX-License-Identifier: Apache-2.0
// `waferloom compare`: what differs between runs, in configuration and in results, and between the wavelets of a run and
// of the Cerebras SDK's simulator.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/run/finished_run.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/units.hpp"
#include "core/write_file.hpp"
#include "report/comparison.hpp"
#include "report/landings.hpp"
#include "report/log_comparison.hpp"

namespace waferloom::cli {

namespace {

constexpr std::size_t kMostQueues = 10;  ///< that are named

struct LogArguments {
  std::string log;
  std::string routes;
  std::vector<std::int64_t> shift;
  std::vector<std::string> colors;
};

void add_log_options(CLI::App& command, LogArguments& arguments) {
  command
      .add_option(
          "--log", arguments.log,
          "a log of landings of the Cerebras SDK's simulator, to compare with the run's wavelet by wavelet "
          "(observe.wavelet_log), or with such a log in DIR's place")
      ->type_name("FILE");
  command
      .add_option(
          "--routes", arguments.routes,
          "routes and switches of a compiled program, as the SDK's ELF reader prints them, to hold the run's "
          "wavelets against")
      ->type_name("FILE");
  command.add_option("--shift", arguments.shift, "columns and rows to add to their tiles, e.g. --shift -3 0")
      ->expected(2)
      ->type_name("N");
  command
      .add_option("--color", arguments.colors,
                  "their color and ours, e.g. --color 4=0; given once or more, others are left out")
      ->type_name("THEIRS=OURS");
}

std::uint32_t color_in(const std::string& option, const std::string& text) {
  const core::Quantity<std::uint64_t> number = core::parse_whole(text, core::Dimension::none);
  if (number.fault != core::QuantityFault::none || number.value > 255) {
    throw core::InputError(fmt::format("--color {}: expected THEIRS=OURS, e.g. 4=0, got {}", option, option));
  }
  return static_cast<std::uint32_t>(number.value);
}

report::LogMatch match_of(const LogArguments& arguments) {
  report::LogMatch match;
  if (!arguments.shift.empty()) {
    match.shift_x = arguments.shift[0];
    match.shift_y = arguments.shift[1];
  }
  for (const std::string& option : arguments.colors) {
    const std::size_t equals = option.find('=');
    const std::uint32_t theirs = color_in(option, option.substr(0, equals));
    const std::uint32_t ours =
        color_in(option, equals == std::string::npos ? std::string{} : option.substr(equals + 1));
    if (!match.colors.emplace(theirs, ours).second) {
      throw core::InputError(fmt::format("--color {}: expected each of their colors once", option));
    }
  }
  return match;
}

void compare_wavelets(const LogArguments& arguments, const std::filesystem::path& run) {
  const report::LogMatch match = match_of(arguments);
  std::filesystem::path file = run;
  if (std::filesystem::is_directory(run)) {
    file = run / "wavelets.log";
    if (!std::filesystem::exists(file)) {
      throw core::InputError(fmt::format(
          "{}: expected wavelets.log of a run with observe.wavelet_log.tiles, got none", run.string()));
    }
  }
  const report::Landings ours = report::read_landings(file);
  if (!arguments.log.empty()) {
    const report::Landings theirs = report::renamed(report::read_landings(arguments.log), match);
    fmt::print("{}", report::log_comparison_text(report::compare_logs(theirs, ours), kMostQueues));
  }
  if (!arguments.routes.empty()) {
    fmt::print("{}", report::routes_text(report::read_routes(arguments.routes), match, ours, kMostQueues));
  }
}

}  // namespace

void add_compare_command(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> directories;
    std::string json;
    std::string html;
    LogArguments log;
    Output output;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("compare", "Set runs beside each other");
  command
      ->add_option("DIR", arguments->directories,
                   "directories that `waferloom run` wrote; ratios are to the first")
      ->required()
      ->expected(1, 16);
  command
      ->add_option("--json", arguments->json,
                   "write the comparison here as well; -: print it instead of the table")
      ->type_name("FILE");
  command->add_option("--html", arguments->html, "write a page with charts here")->type_name("FILE");
  add_log_options(*command, arguments->log);
  add_quiet_option(*command, arguments->output);
  command->callback([arguments] {
    for (const std::string& directory : arguments->directories) require_run(directory);
    if (!arguments->log.log.empty() || !arguments->log.routes.empty()) {
      if (arguments->directories.size() != 1 || !arguments->json.empty() || !arguments->html.empty()) {
        throw core::InputError("--log, --routes: expected one run and neither --json nor --html");
      }
      compare_wavelets(arguments->log, arguments->directories.front());
      return;
    }
    if (arguments->directories.size() < 2) {
      throw core::InputError("DIR: expected 2 to 16 runs, or one with --log, got 1");
    }
    const nlohmann::ordered_json comparison =
        report::compare_runs({arguments->directories.begin(), arguments->directories.end()});
    if (!arguments->json.empty() && arguments->json != "-")
      core::write_file(arguments->json, comparison.dump(1) + "\n");
    if (!arguments->html.empty()) {
      core::write_file(arguments->html, report::make_comparison_page(
                                            comparison, core::data_directory() / "report" / "assets"));
    }
    if (arguments->json == "-") {
      fmt::print("{}\n", comparison.dump(1));
      return;
    }
    arguments->output.print("{}", report::comparison_text(comparison));
  });
}

}  // namespace waferloom::cli
