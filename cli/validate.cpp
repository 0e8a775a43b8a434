// SPDX-License-Identifier: Apache-2.0
// `waferloom validate`: holds the simulator against published figures.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "core/error.hpp"
#include "core/registry.hpp"
#include "core/write_file.hpp"
#include "validation/figures.hpp"
#include "validation/page.hpp"
#include "validation/suite.hpp"

namespace waferloom::cli {

namespace {

struct ValidateArguments {
  std::string suite;
  validation::Choice choice;
  std::string figures;
  std::string csv;
  std::string html;
  bool markdown = false;
  Output output;
};

std::string percent(double share) {
  return std::isinf(share) ? "no bound" : fmt::format("{:.2f} %", 100 * share);
}

std::string allowed(const validation::Outcome& o) {
  return std::isinf(o.claim.tolerance) ? "-" : fmt::format("{:.2f} %", 100 * o.claim.tolerance);
}

void print_row(const validation::Outcome& o, const ValidateArguments& arguments) {
  const Output& output = arguments.output;
  const std::string simulated =
      o.is_open() ? "open" : (o.failure.empty() ? fmt::format("{:.6g}", o.simulated) : "none");
  std::string error = o.failure.empty() ? fmt::format("{:+.2f} %", 100 * o.error()) : o.failure;
  if (o.is_open()) error = "-";
  if (!o.is_open() && o.failure.empty() && !o.is_met())
    error += o.claim.miss.empty() ? " (missed)" : " (miss)";
  const std::string_view evidence = validation::name_of(o.claim.evidence);
  if (arguments.markdown) {
    output.print("| {} | {} | {} | {:.6g} | {} | {} | {} | {} | {} |\n", o.name, o.claim.machine, evidence,
                 o.expected, simulated, o.unit, error, allowed(o), o.source);
  } else {
    output.print("{:<52}{:<9}{:<10}{:>12.6g}{:>12}  {:<8}{:>10}{:>9}  {}\n", o.name, o.claim.machine,
                 evidence, o.expected, simulated, o.unit, error, allowed(o), o.source);
  }
  std::fflush(stdout);
}

/// Why tolerances are what they are, and the mechanisms behind misses, each once with the figures' names.
void print_reasons(const validation::Report& report, const Output& output) {
  std::vector<std::pair<std::string, std::string>> reasons;  // and whom they concern
  const auto add = [&](const std::string& reason, const std::string& name) {
    const auto known =
        std::find_if(reasons.begin(), reasons.end(), [&](const auto& r) { return r.first == reason; });
    if (known == reasons.end()) {
      reasons.emplace_back(reason, name);
    } else {
      known->second += "; " + name;
    }
  };
  for (const validation::Outcome& o : report.outcomes) {
    if (!o.claim.because.empty()) add(o.claim.because, "");
  }
  for (const auto& [reason, names] : reasons) output.print("- Allowed because: {}\n", reason);
  const bool any = !reasons.empty();
  reasons.clear();
  for (const validation::Outcome& o : report.outcomes) {
    if (!o.is_open() && !o.is_met() && !o.claim.miss.empty()) add(o.claim.miss, o.name);
  }
  for (const auto& [reason, names] : reasons) output.print("- Missed ({}): {}\n", names, reason);
  const bool any_missed = !reasons.empty();
  reasons.clear();
  for (const validation::Outcome& o : report.outcomes) {
    if (o.is_open()) add(o.claim.open, o.name);
  }
  for (const auto& [reason, names] : reasons) output.print("- Open ({}): {}\n", names, reason);
  if (any || any_missed || !reasons.empty()) output.print("\n");
}

std::string_view status_of(const validation::Outcome& o) {
  if (o.is_open()) return "open";
  if (o.is_met()) return "met";
  return o.is_accounted_for() ? "explained" : "missed";
}

std::string csv_quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
  return '"' + text + '"';
}

void add_row(std::string& csv, const std::string& suite, const validation::Outcome& o) {
  csv += fmt::format("{},{},{:.9g},{:.9g},{},{:.6f},{},{},{},{},{},{},{},{}\n", csv_quoted(suite),
                     csv_quoted(o.name), o.expected, o.simulated, csv_quoted(o.unit), o.error(),
                     csv_quoted(o.source), csv_quoted(o.failure), o.claim.machine,
                     validation::name_of(o.claim.evidence),
                     std::isinf(o.claim.tolerance) ? "" : fmt::format("{:.6f}", o.claim.tolerance),
                     status_of(o), csv_quoted(o.claim.because), csv_quoted(o.claim.miss));
}

/// What a suite said, none where nothing of it was chosen.
std::optional<validation::Report> run_suite(const validation::Suite& suite,
                                            const ValidateArguments& arguments, std::string& csv) {
  const Output& output = arguments.output;
  bool begun = false;
  const auto begin = [&] {
    if (std::exchange(begun, true)) return;
    if (arguments.markdown) {
      output.print(
          "## {}\n\n{}.\n\n| | machine | evidence | expected | simulated | unit | error | allowed | source "
          "|\n"
          "|---|---|---|---|---|---|---|---|---|\n",
          suite.name, suite.description);
    } else {
      output.print("{}: {}\n", suite.name, suite.description);
      output.print("{:<52}{:<9}{:<10}{:>12}{:>12}  {:<8}{:>10}{:>9}  {}\n", "", "machine", "evidence",
                   "expected", "simulated", "unit", "error", "allowed", "source");
    }
  };
  validation::Report report =
      validation::run_suite(suite, arguments.choice, [&](const validation::Outcome& o) {
        begin();
        print_row(o, arguments);
        add_row(csv, suite.name, o);
      });
  if (!begun) return std::nullopt;
  if (arguments.markdown) output.print("\n");
  print_reasons(report, output);
  const std::string misses =
      (report.missed == 0 ? "" : fmt::format(", {} missed ({} explained)", report.missed, report.explained)) +
      (report.open == 0 ? "" : fmt::format(", {} open", report.open));
  output.print("{}: median error {} (at most {}), worst {} (at most {}){}: {}\n\n", suite.name,
               percent(report.median_error), percent(suite.median_bound), percent(report.worst_error),
               percent(suite.worst_bound), misses, report.passed ? "kept" : "MISSED");
  return report;
}

/// A number, or null where there is none.
nlohmann::ordered_json number_or_none(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const validation::PagePart& part) {
  const validation::Report& report = part.report;
  nlohmann::ordered_json told{{"suite", part.name},
                              {"description", part.description},
                              {"passed", report.passed},
                              {"median_error", report.median_error},
                              {"worst_error", report.worst_error},
                              {"missed", report.missed},
                              {"explained", report.explained},
                              {"open", report.open},
                              {"figures", nlohmann::ordered_json::array()}};
  for (const validation::Outcome& o : report.outcomes) {
    const bool is_run = !o.is_open() && o.failure.empty();
    told["figures"].push_back({{"case", o.name},
                               {"expected", o.expected},
                               {"simulated", is_run ? number_or_none(o.simulated) : nullptr},
                               {"unit", o.unit},
                               {"error", is_run ? number_or_none(o.error()) : nullptr},
                               {"tolerance", number_or_none(o.claim.tolerance)},
                               {"status", status_of(o)},
                               {"machine", o.claim.machine},
                               {"class", validation::name_of(o.claim.evidence)},
                               {"source", o.source},
                               {"because", o.claim.because},
                               {"miss", o.claim.miss},
                               {"open", o.claim.open},
                               {"failure", o.failure}});
  }
  return told;
}

void check_choice(const validation::Choice& choice) {
  const std::span<const validation::EvidenceName> known(validation::kEvidences);
  if (!choice.evidence.empty()) (void)core::require_named(known, choice.evidence, "--class");
}

void validate(const ValidateArguments& arguments) {
  // Written as a whole at the end: half of it would look like fewer cases.
  std::string csv =
      "suite,case,expected,simulated,unit,error,source,failure,machine,class,tolerance,status,because,miss\n";
  if (!arguments.csv.empty()) {
    const std::filesystem::path path = arguments.csv;
    if (std::filesystem::exists(path)) {
      throw core::InputError(
          fmt::format("--csv: {}: expected a file that does not exist yet", arguments.csv));
    }
    std::error_code ignored;
    if (path.has_parent_path() && !std::filesystem::is_directory(path.parent_path(), ignored)) {
      throw core::InputError(fmt::format("--csv: {}: expected a place to write to", arguments.csv));
    }
  }
  check_choice(arguments.choice);
  const std::vector<validation::Suite> suites =
      arguments.figures.empty() ? validation::suites()
                                : std::vector{validation::figure_suite(arguments.figures)};
  const std::span<const validation::Suite> all(suites);
  if (!arguments.suite.empty()) (void)core::require_named(all, arguments.suite, "--suite");
  bool passed = true;
  std::vector<validation::PagePart> parts;
  for (const validation::Suite& suite : suites) {
    const bool chosen = arguments.suite.empty() ? !suite.on_request || !arguments.figures.empty()
                                                : suite.name == arguments.suite;
    if (!chosen) continue;
    std::optional<validation::Report> report = run_suite(suite, arguments, csv);
    if (!report) continue;
    passed = report->passed && passed;
    parts.push_back({suite.name, suite.description, *std::move(report)});
  }
  if (parts.empty())
    throw core::InputError("--machine, --class, --case: expected those of some figure, got none of any");
  nlohmann::ordered_json told{{"passed", passed}, {"suites", nlohmann::ordered_json::array()}};
  for (const validation::PagePart& part : parts) told["suites"].push_back(json_of(part));
  arguments.output.print_json(told);
  if (!arguments.html.empty()) core::write_file(arguments.html, validation::make_page(parts));
  if (!arguments.csv.empty()) core::write_file(arguments.csv, csv);
  if (!passed) throw core::Error(core::ExitStatus::missed, "a validation bound was missed");
}

}  // namespace

void add_validate_command(CLI::App& app) {
  const auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand("validate", "Hold the simulator against published figures");
  command->add_option("--suite", arguments->suite, "only this suite, those that take minutes too")
      ->type_name("NAME");
  command
      ->add_option("--figures", arguments->figures,
                   "only the figures of this file, in the form of validation/data/*.yaml")
      ->type_name("FILE");
  command->add_option("--machine", arguments->choice.machine, "only figures of this machine: a preset")
      ->type_name("NAME");
  command
      ->add_option("--class", arguments->choice.evidence,
                   "only figures of this evidence: silicon, simulator, document, form, reference, own")
      ->type_name("NAME");
  command->add_option("--case", arguments->choice.name, "only figures with this in their names")
      ->type_name("TEXT");
  command->add_option("--csv", arguments->csv, "also write a CSV file; must not exist")->type_name("FILE");
  command->add_option("--html", arguments->html, "also write a page with a chart and the misses")
      ->type_name("FILE");
  CLI::Option* markdown =
      command->add_flag("--markdown", arguments->markdown, "print tables for docs/validation.md");
  add_quiet_option(*command, arguments->output);
  command->add_flag("--json", arguments->output.json, "print the results as JSON")->excludes(markdown);
  command->callback([arguments] { validate(*arguments); });
}

}  // namespace waferloom::cli
