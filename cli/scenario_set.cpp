// SPDX-License-Identifier: Apache-2.0
#include "cli/scenario_set.hpp"

#include <fmt/format.h>
#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/points.hpp"
#include "cli/run/finished_run.hpp"
#include "cli/run/summary_json.hpp"
#include "core/config/document.hpp"
#include "core/error.hpp"
#include "core/input/json.hpp"
#include "core/units.hpp"
#include "results/csv_field.hpp"
#include "results/run_directory.hpp"
#include "study/launch/child_process.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/scenario/files.hpp"

namespace waferloom::cli {

namespace {

namespace fs = std::filesystem;
using core::config::Node;
using core::config::Problems;

/// Bytes of a weight as the forward and backward pass use it: FP16.
constexpr double kWeightBytes = 2;

// A signal handler can reach nothing but objects of static duration.
std::atomic<pid_t> running_child = 0;
std::atomic<bool> set_interrupted = false;
static_assert(std::atomic<pid_t>::is_always_lock_free);

extern "C" void pass_on(int) {
  set_interrupted = true;
  const pid_t child = running_child;
  if (child != 0) kill(child, SIGTERM);
}

struct Row {
  std::string scenario;
  std::string model;
  double parameters = 0;
  double batch = 0;
  double weight_bytes = 0;
  double wafer_sram_bytes = 0;
  double sram_per_pe = 0;  ///< high water with what is reserved, over capacity
  double step_s = 0;
  double tokens_per_s = 0;
  double share_of_peak = 0;
  std::string bound;
};

double bytes_of(const nlohmann::json& text) {
  return core::parse_real(text.get<std::string>(), core::Dimension::bytes).value;
}

Row read_row(const std::string& scenario, const fs::path& directory) {
  const nlohmann::json result = core::load_json(directory / "result.json");
  const nlohmann::json& metrics = result.at("metrics");
  const nlohmann::json& configuration = result.at("configuration");
  Row row;
  row.scenario = scenario;
  row.model = result.at("trace").at("model");
  row.parameters = result.at("trace").at("parameters");
  row.batch = result.at("trace").at("batch");
  row.weight_bytes = row.parameters * kWeightBytes;
  const double pe_bytes = bytes_of(configuration.at("pe").at("sram"));
  row.wafer_sram_bytes = pe_bytes * configuration.at("fabric").at("width").get<double>() *
                         configuration.at("fabric").at("height").get<double>();
  row.sram_per_pe = (metrics.at("sram_high_water").at("value").get<double>() +
                     bytes_of(configuration.at("pe").at("reserved"))) /
                    pe_bytes;
  row.step_s = metrics.at("time").at("value");
  // Part of a step has none.
  if (metrics.contains("tokens_per_second")) row.tokens_per_s = metrics["tokens_per_second"]["value"];
  row.share_of_peak = metrics.at("share_of_peak").at("value");
  double most = 0;
  for (const auto& [bound, share] : result.at("time_by_bound").items()) {
    if (share.get<double>() > most) row.bound = bound;
    most = std::max(most, share.get<double>());
  }
  return row;
}

std::string table(const std::vector<Row>& rows) {
  std::string text =
      fmt::format("{:<16}{:>10}{:>8}{:>12}{:>11}{:>11}{:>12}{:>12}{:>10}  {}\n", "model", "weights", "batch",
                  "of the SRAM", "resident?", "SRAM used", "step", "tokens/s", "of peak", "bound by");
  for (const Row& row : rows) {
    const double share = row.weight_bytes / row.wafer_sram_bytes;
    text += fmt::format(
        "{:<16}{:>7.1f} GB{:>8.0f}{:>10.0f} %{:>11}{:>9.0f} %{:>10.3f} s{:>12.0f}{:>8.1f} %  {}\n", row.model,
        row.weight_bytes / 1e9, row.batch, 100 * share, share <= 1 ? "would fit" : "no",
        100 * row.sram_per_pe, row.step_s, row.tokens_per_s, 100 * row.share_of_peak, row.bound);
  }
  return text +
         "\nweights: FP16, once, beside all SRAM of the wafer; SRAM used: of the fullest PE, weights "
         "streaming\n";
}

/// The scenarios' own names, told apart where files of different directories have one.
std::vector<std::string> names_of(const ScenarioSet& set) {
  std::vector<std::string> names;
  for (const std::string& scenario : set.scenarios) {
    const std::string stem = fs::path(scenario).stem().string();
    std::string name = stem;
    for (int i = 2; std::find(names.begin(), names.end(), name) != names.end(); ++i) {
      name = fmt::format("{}-{}", stem, i);
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// Runs this program again; a signal to this process ends that one.
int run_child(const std::vector<std::string>& arguments, const fs::path& output) {
  const pid_t child = study::start_program(arguments, output, {});
  running_child = child;
  if (set_interrupted) kill(child, SIGTERM);  // the signal came before there was a child
  const int status = study::wait_for(child);
  running_child = 0;
  return status;
}

std::string csv(const std::vector<Row>& rows) {
  std::string text =
      "scenario,model,parameters,batch,weight_bytes,wafer_sram_bytes,sram_used_share,step_s,tokens_per_s,"
      "share_of_peak,bound\n";
  for (const Row& row : rows) {
    fmt::format_to(std::back_inserter(text),
                   "{},{},{:.0f},{:.0f},{:.0f},{:.0f},{:.6f},{:.9e},{:.6e},{:.6f},{}\n",
                   results::csv_field(row.scenario), results::csv_field(row.model), row.parameters, row.batch,
                   row.weight_bytes, row.wafer_sram_bytes, row.sram_per_pe, row.step_s, row.tokens_per_s,
                   row.share_of_peak, row.bound);
  }
  return text;
}

/// The results of all runs of a set, without their long lists.
nlohmann::ordered_json set_json(const fs::path& directory, const std::vector<std::string>& names) {
  nlohmann::ordered_json runs = nlohmann::ordered_json::object();
  for (const std::string& name : names) {
    const auto part = [&](const char* file) {
      return nlohmann::ordered_json(core::load_json(directory / name / file));
    };
    runs[name] = summary_json(part("result.json"), part("host.json"));
    runs[name]["directory"] = (directory / name).string();
  }
  return {{"directory", directory.string()}, {"runs", runs}};
}

}  // namespace

std::optional<ScenarioSet> find_set(const std::string& argument) {
  refuse_study(argument);
  const fs::path path = wafer::find_scenario(argument);
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) return std::nullopt;
  Problems problems;
  const Node root = core::config::parse_file(path, 0, problems);
  const Node* scenarios = root.find("scenarios");
  if (scenarios == nullptr) return std::nullopt;
  for (const Node& key : root.keys) {
    if (key.text != "scenarios" && key.text != "description") {
      problems.add(key.where, key.text,
                   "expected scenarios or description in a set of scenarios, got another key");
    }
  }
  ScenarioSet set{path.stem().string(), {}, {}};
  if (scenarios->kind != Node::Kind::sequence || scenarios->items.empty()) {
    problems.add(scenarios->where, "scenarios",
                 fmt::format("expected a list of names or paths, got {}", scenarios->shown()));
  }
  for (const Node& item : scenarios->items) {
    try {
      set.scenarios.push_back(wafer::find_scenario_beside(path, item.text).string());
      set.places.push_back(item.where.text());
    } catch (const core::InputError& error) {
      problems.add(item.where, "scenarios", error.what());
    }
  }
  problems.throw_if_any();
  return set;
}

void check_set(const ScenarioSet& set, const std::vector<std::string>& overrides) {
  for (std::size_t i = 0; i < set.scenarios.size(); ++i) {
    const std::string& file = set.scenarios[i];
    const wafer::Scenario scenario = wafer::load_scenario(file, overrides);
    if (!wafer::carries_packets(scenario) && !scenario.collective.runs() && !wafer::runs_kernel(scenario)) {
      wafer::with_places(scenario, [&] { wafer::check(scenario); });
      continue;
    }
    throw core::InputError(
        fmt::format("{}: scenarios: expected scenarios of training steps, whose results stand beside each "
                    "other, got {} of a {}; a "
                    "study takes others",
                    set.places[i], file,
                    wafer::carries_packets(scenario) ? "packet network"
                    : wafer::runs_kernel(scenario)   ? "kernel"
                                                     : "collective"));
  }
}

void run_set(const ScenarioSet& set, const SetRun& how) {
  check_set(set, how.overrides);
  const results::RunDirectory directory(how.out.empty() ? results::default_directory(set.name)
                                                        : fs::path(how.out));
  on_stop_signals(pass_on);
  std::vector<Row> rows;
  const std::vector<std::string> names = names_of(set);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& scenario = set.scenarios[i];
    const std::string& name = names[i];
    const fs::path below = directory.path() / name;
    std::vector<std::string> arguments{"run", scenario, "--out", below.string()};
    if (how.report) arguments.emplace_back("--report");
    for (const std::string& override : how.overrides) arguments.insert(arguments.end(), {"--set", override});
    const int status = run_child(arguments, directory.path() / (name + ".txt"));
    if (set_interrupted) {
      throw core::Error(
          core::ExitStatus::interrupted,
          fmt::format("interrupted in {}; what was done before is in {}", name, directory.path().string()));
    }
    if (status != 0) {
      const std::string signal = study::signal_text(status);
      throw core::Error(
          study::promised_status(status),
          fmt::format("{}: {}; what was done before is in {}", name,
                      signal.empty() ? fmt::format("failed with exit status {}", status) : signal,
                      directory.path().string()));
    }
    rows.push_back(read_row(name, below));
  }
  directory.write_atomically("table.csv", csv(rows));
  how.output.print("{}\nResults: {}\n", table(rows), directory.path().string());
  std::string all;
  for (const std::string& name : names) all += " " + shell_word((directory.path() / name).string());
  how.output.print("Next: waferloom compare{}\n", all);
  how.output.print_json(set_json(directory.path(), names));
}

}  // namespace waferloom::cli
