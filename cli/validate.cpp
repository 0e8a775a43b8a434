// SPDX-License-Identifier: Apache-2.0
// `waferloom validate`: holds the simulator against published figures.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "validation/suite.hpp"

namespace waferloom::cli {

namespace {

struct ValidateArguments {
  std::string suite;
  std::string csv;
  bool markdown = false;
};

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string percent(double share) {
  return std::isinf(share) ? "no bound" : fmt::format("{:.2f} %", 100 * share);
}

void print_row(const validation::Outcome& o, bool markdown) {
  const std::string simulated = o.failure.empty() ? fmt::format("{:.6g}", o.simulated) : "none";
  const std::string error = o.failure.empty() ? fmt::format("{:+.2f} %", 100 * o.error()) : o.failure;
  if (markdown) {
    fmt::print("| {} | {:.6g} | {} | {} | {} | {} |\n", o.name, o.expected, simulated, o.unit, error,
               o.source);
  } else {
    fmt::print("{:<52}{:>12.6g}{:>12}  {:<8}{:>10}  {}\n", o.name, o.expected, simulated, o.unit, error,
               o.source);
  }
  std::fflush(stdout);
}

/// True: all bounds are kept.
bool run_suite(const validation::Suite& suite, const ValidateArguments& arguments, std::FILE* csv) {
  if (arguments.markdown) {
    fmt::print(
        "## {}\n\n{}.\n\n| | expected | simulated | unit | error | source |\n|---|---|---|---|---|---|\n",
        suite.name, suite.description);
  } else {
    fmt::print("{}: {}\n", suite.name, suite.description);
    fmt::print("{:<52}{:>12}{:>12}  {:<8}{:>10}  {}\n", "", "expected", "simulated", "unit", "error",
               "source");
  }
  const validation::Report report = validation::run_suite(suite, [&](const validation::Outcome& o) {
    print_row(o, arguments.markdown);
    if (csv != nullptr) {
      fmt::print(csv, "{},\"{}\",{:.9g},{:.9g},{},{:.6f},\"{}\",\"{}\"\n", suite.name, o.name, o.expected,
                 o.simulated, o.unit, o.error(), o.source, o.failure);
    }
  });
  const char* blank = arguments.markdown ? "\n" : "";
  fmt::print("{}{}: median error {} (at most {}), worst {} (at most {}): {}\n\n", blank, suite.name,
             percent(report.median_error), percent(suite.median_bound), percent(report.worst_error),
             percent(suite.worst_bound), report.passed ? "kept" : "MISSED");
  return report.passed;
}

void validate(const ValidateArguments& arguments) {
  File csv;
  if (!arguments.csv.empty()) {
    if (std::filesystem::exists(arguments.csv)) {
      throw core::InputError(
          fmt::format("--csv: {}: expected a file that does not exist yet", arguments.csv));
    }
    csv.reset(std::fopen(arguments.csv.c_str(), "wbe"));
    if (!csv) throw core::InputError(fmt::format("--csv: {}: expected a place to write to", arguments.csv));
    fmt::print(csv.get(), "suite,case,expected,simulated,unit,error,source,failure\n");
  }
  bool passed = true;
  for (const validation::Suite& suite : validation::suites()) {
    if (arguments.suite.empty() ? suite.on_request : &suite != &validation::find_suite(arguments.suite))
      continue;
    passed = run_suite(suite, arguments, csv.get()) && passed;
  }
  if (csv && (std::fflush(csv.get()) != 0 || std::fclose(csv.release()) != 0)) {
    throw core::HostResourceError(fmt::format("{}: cannot write", arguments.csv));
  }
  if (!passed) throw core::Error(core::ExitStatus::missed, "a validation bound was missed");
}

}  // namespace

void add_validate_command(CLI::App& app) {
  const auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand("validate", "Hold the simulator against published figures");
  std::string names;
  for (const validation::Suite& suite : validation::suites()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", suite.name);
  }
  command->add_option("--suite", arguments->suite, fmt::format("only this suite: one of {}", names))
      ->type_name("NAME");
  command->add_option("--csv", arguments->csv, "also write a CSV file; must not exist")->type_name("FILE");
  command->add_flag("--markdown", arguments->markdown, "print tables for docs/validation.md");
  command->callback([arguments] { validate(*arguments); });
}

}  // namespace waferloom::cli
