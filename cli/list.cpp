// SPDX-License-Identifier: Apache-2.0
// `waferloom list`: what comes with the program, by name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "collectives/registry.hpp"
#include "core/config/catalog.hpp"
#include "core/data_path.hpp"
#include "fabric/host_registry.hpp"
#include "fabric/router_registry.hpp"
#include "noc/router_registry.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::cli {

namespace {

struct Line {
  std::string name;
  std::string description;
};

std::vector<Line> lines_of(const std::vector<core::config::Listed>& files) {
  std::vector<Line> lines;
  for (const core::config::Listed& file : files) lines.push_back({file.name, file.description});
  return lines;
}

std::vector<Line> files_in(const char* directory) {
  return lines_of(core::config::list_files(core::data_directory() / directory));
}

std::vector<Line> scenarios() {
  return lines_of(core::config::list_files(core::data_directory() / "scenarios", wafer::scenario_names()));
}

std::vector<Line> keys() {
  wafer::Scenario defaults;
  const wafer::ScenarioKeys declared(defaults);
  std::vector<Line> lines;
  for (const core::config::Key& key : declared.keys().all()) lines.push_back({key.name, ""});
  return lines;
}

std::vector<Line> collective_models() {
  std::vector<Line> lines;
  for (const collectives::CollectiveModel& model : collectives::collectives()) {
    lines.push_back({fmt::format("{} {}", model.kind, model.algorithm), std::string(model.description)});
  }
  return lines;
}

std::vector<Line> routers() {
  std::vector<Line> lines;
  const auto add = [&](const auto& models) {
    for (const auto& model : models)
      lines.push_back({std::string(model.name), std::string(model.description)});
  };
  add(fabric::router_models());
  add(noc::packet_router_models());
  return lines;
}

std::vector<Line> hosts() {
  std::vector<Line> lines;
  for (const fabric::HostModel& model : fabric::host_models()) {
    lines.push_back({std::string(model.name), std::string(model.description)});
  }
  return lines;
}

void print(const std::vector<Line>& lines, bool json) {
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Line& line : lines) list.push_back({{"name", line.name}, {"description", line.description}});
    fmt::print("{}\n", list.dump(2));
    return;
  }
  std::size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  for (const Line& line : lines) {
    if (line.description.empty()) {
      fmt::print("{}\n", line.name);
    } else {
      fmt::print("{:{}}  {}\n", line.name, width, line.description);
    }
  }
}

/// `waferloom list signals PATTERN [SCENARIO]`.
void add_signals(CLI::App& list) {
  struct Arguments {
    std::string pattern = "wafer";
    ScenarioArguments scenario;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      list.add_subcommand("signals", "Signals of a scenario's wafer that a waveform can show");
  command
      ->add_option("PATTERN", arguments->pattern,
                   "names between dots with * and ?, e.g. wafer.*.tile_3_4.pe.state")
      ->required();
  add_scenario_arguments(*command, arguments->scenario);
  command->callback([arguments] {
    const wafer::Scenario scenario = arguments->scenario.load();
    for (const wafer::Signal& signal : wafer::match_signals(
             scenario.hardware, {arguments->pattern}, wafer::kMostSignals, wafer::signal_choice(scenario))) {
      const auto states = signal.states();
      fmt::print("{}{}{}\n", signal.name, states.empty() ? "" : "  ", fmt::join(states, ", "));
    }
  });
}

}  // namespace

void add_list_command(CLI::App& app) {
  struct Listed {
    const char* name;
    const char* help;
    std::vector<Line> (*lines)();
  };
  CLI::App* command = app.add_subcommand("list", "List what comes with the program");
  command->require_subcommand(1);
  for (const Listed& listed :
       {Listed{"models", "Models that a workload can name", [] { return files_in("models/data"); }},
        Listed{"hardware", "Hardware presets", [] { return files_in("scenarios/hardware"); }},
        Listed{"collectives", "Collective operations and their algorithms", collective_models},
        Listed{"routers", "Router models", routers}, Listed{"hosts", "Hosts behind the wafer's I/O", hosts},
        Listed{"scenarios", "Ready scenarios", scenarios},
        Listed{"kernels", "Ready kernels, in scenarios/kernels",
               [] { return files_in("scenarios/kernels"); }},
        Listed{"studies", "Ready studies", [] { return files_in("scenarios/studies"); }},
        Listed{"keys", "Keys of scenarios, which `describe` explains", keys}}) {
    CLI::App* below = command->add_subcommand(listed.name, listed.help);
    const auto output = std::make_shared<Output>();
    add_json_option(*below, *output);
    below->callback([lines = listed.lines, output] { print(lines(), output->json); });
  }
  add_signals(*command);
}

}  // namespace waferloom::cli
