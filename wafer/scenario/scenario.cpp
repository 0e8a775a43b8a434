// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "collectives/keys.hpp"
#include "core/config/catalog.hpp"
#include "core/config/reader.hpp"
#include "core/config/writer.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "core/input/name.hpp"
#include "core/input/plain_path.hpp"
#include "core/nearest.hpp"
#include "core/registry.hpp"
#include "fabric/keys.hpp"
#include "fabric/router_registry.hpp"
#include "models/keys.hpp"
#include "models/model.hpp"
#include "noc/router_registry.hpp"
#include "noc/traffic_keys.hpp"
#include "noc/traffic_pattern.hpp"
#include "pe/keys.hpp"
#include "wafer/scenario/files.hpp"
#include "wafer/scenario/keys.hpp"
#include "wafer/scenario/scenario_checks.hpp"

namespace waferloom::wafer {

namespace {

namespace fs = std::filesystem;
using core::config::Node;
using core::config::Problems;
using core::config::Settings;

// Later layers override earlier ones; a preset's own base lies below it.
constexpr std::uint32_t kScenarioLayer = 1000;

fs::path scenarios_directory() { return core::data_directory() / "scenarios"; }

constexpr std::string_view kKernelFolder = "kernels/";
fs::path kernels_directory() { return scenarios_directory() / "kernels"; }

/// The kernel of that name that comes with the program; empty: there is none.
fs::path ready_kernel(const std::string& name) {
  if (name.empty() || core::config::is_path(name)) return {};
  fs::path file = kernels_directory() / (name + ".yaml");
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) ? file : fs::path();
}

fs::path absolute_from(const fs::path& directory, const std::string& reference) {
  return core::plain_path(directory / reference);
}

class Loader {
 public:
  Loader(const fs::path& file, core::config::Documents& documents)
      : file_(file), documents_(documents), keys_(scenario_) {}

  Scenario load(const std::vector<Override>& overrides) {
    const Node root = as_scenario(documents_.file(file_, kScenarioLayer, problems_));
    std::vector<Node> override_roots;
    for (const Override& each : overrides) {
      const auto layer = kScenarioLayer + 1 + static_cast<std::uint32_t>(override_roots.size());
      override_roots.push_back(core::config::parse_override(each.text, layer, problems_, each.where));
    }

    load_hardware(root, override_roots);
    scenario_.name.clear();
    scenario_.description.clear();
    core::config::apply(root, keys_.keys(), settings_, problems_);
    for (const Node& node : override_roots) core::config::apply(node, keys_.keys(), settings_, problems_);
    if (scenario_.name.empty()) scenario_.name = file_.stem().string();
    check_name();
    settle_load();
    resolve_files();
    const core::config::Location beginning{file_.string(), 1, 1, kScenarioLayer};
    check_scenario(scenario_, settings_, beginning, problems_);
    problems_.throw_if_any();
    scenario_.origin = core::config::Origin(std::move(settings_), beginning);
    return std::move(scenario_);
  }

 private:
  /// A kernel file as the scenario that runs it: on its hardware, with nothing else set.
  Node as_scenario(Node root) const {
    if (root.find("tasks") == nullptr) return root;
    Node scenario = root;
    scenario.keys.clear();
    scenario.items.clear();
    const auto add = [](Node& mapping, Node key, Node item) {
      mapping.keys.push_back(std::move(key));
      mapping.items.push_back(std::move(item));
    };
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
      const std::string& key = root.keys[i].text;
      if (key == "name" || key == "description" || key == "hardware")
        add(scenario, root.keys[i], root.items[i]);
    }
    const auto scalar = [&root](std::string text) {
      return Node{Node::Kind::scalar, std::move(text), root.where, {}, {}};
    };
    Node workload{Node::Kind::mapping, {}, root.where, {}, {}};
    // A file without an ending is not a ready kernel of that name.
    add(workload, scalar("kernel"), scalar((fs::path(".") / file_.filename()).string()));
    add(scenario, scalar("workload"), std::move(workload));
    return scenario;
  }

  /// The name becomes part of paths and of tables.
  void check_name() {
    const std::string problem = core::name_problem(scenario_.name);
    if (problem.empty() || problems_.concerns("name")) return;
    const auto set = settings_.find("name");
    problems_.add(
        set != settings_.end() ? set->second : core::config::Location{file_.string(), 1, 1, kScenarioLayer},
        "name", problem);
  }

  void load_hardware(const Node& root, const std::vector<Node>& override_roots) {
    const Node* reference = root.find("hardware");
    fs::path directory = this->directory();
    for (const Node& node : override_roots) {
      if (const Node* other = node.find("hardware")) {
        reference = other;
        directory.clear();
      }
    }
    std::vector<fs::path> chain{core::plain_path(file_)};
    if (reference != nullptr) load_preset(*reference, directory, chain);
  }

  /// Follows `reference` (and what the preset it names is based on) and stores the preset's values.
  void load_preset(const Node& reference, const fs::path& directory, std::vector<fs::path>& chain) {
    if (reference.kind != Node::Kind::scalar) return;  // the reader reports it
    const fs::path path = preset_path(reference, directory);
    if (path.empty()) return;
    const bool again = std::find(chain.begin(), chain.end(), path) != chain.end();
    chain.push_back(path);
    if (again) {
      std::vector<std::string> names;
      for (const fs::path& each : chain) names.push_back(each.filename().string());
      problems_.add(reference.where, "hardware",
                    fmt::format("expected presets without a cycle, got {}", fmt::join(names, " -> ")));
      return;
    }
    const auto layer = kScenarioLayer - static_cast<std::uint32_t>(std::min<std::size_t>(chain.size(), 900));
    const Node root = without_scenario_keys(documents_.file(path, layer, problems_));
    if (const Node* base = root.find("hardware")) load_preset(*base, path.parent_path(), chain);
    scenario_.name.clear();
    core::config::apply(root, keys_.keys(), settings_, problems_);
    scenario_.preset = scenario_.name.empty() ? path.stem().string() : scenario_.name;
  }

  /// The preset's file, or empty after reporting that there is none.
  fs::path preset_path(const Node& reference, const fs::path& directory) {
    const std::string& name = reference.text;
    if (core::config::is_path(name)) {
      const fs::path path = absolute_from(directory, name);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path;
      problems_.add(reference.where, "hardware",
                    fmt::format("expected an existing file, got {} (no {})", name, path.string()));
      return {};
    }
    const fs::path presets = core::data_directory() / "scenarios/hardware";
    const std::vector<std::string> known = core::config::names_in(presets);
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return core::plain_path(presets / (name + ".yaml"));
    }
    problems_.add(reference.where, "hardware",
                  fmt::format("expected one of {}, or a path to a .yaml file, got {}{}",
                              fmt::join(known, ", "), reference.shown(), core::suggestion(name, known)));
    return {};
  }

  /// A preset describes hardware; reports and drops what belongs in a scenario.
  Node without_scenario_keys(Node root) {
    static constexpr std::array<std::string_view, 9> kScenarioOnly{
        "workload", "collective", "traffic", "simulation",   "burst",
        "observe",  "fidelity",   "seed",    "hardware_name"};
    for (std::size_t i = root.keys.size(); i-- > 0;) {
      const Node& key = root.keys[i];
      if (std::find(kScenarioOnly.begin(), kScenarioOnly.end(), key.text) == kScenarioOnly.end()) continue;
      problems_.add(key.where, key.text,
                    "expected only keys of hardware in a preset, got a key of scenarios");
      root.keys.erase(root.keys.begin() + static_cast<std::ptrdiff_t>(i));
      root.items.erase(root.items.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return root;
  }

  /// The rates of a table are what they say, unless a factor was given with it: a file's load for another pattern
  /// that an override replaces by a table is none.
  void settle_load() {
    if (scenario_.traffic.pattern != noc::kTablePattern) return;
    const auto load = settings_.find("traffic.load");
    const bool for_another = load != settings_.end() && load->second.layer <= kScenarioLayer &&
                             settings_.at("traffic.pattern").layer > kScenarioLayer;
    if (load == settings_.end() || for_another) scenario_.traffic.load = 1;
  }

  /// Makes the workload's files absolute, so that the effective configuration may be moved.
  void resolve_files() {
    if (core::config::is_path(scenario_.workload.model)) resolve("workload.model", scenario_.workload.model);
    if (!scenario_.workload.trace.empty()) resolve("workload.trace", scenario_.workload.trace);
    if (fs::path ready = ready_kernel(scenario_.workload.kernel); !ready.empty()) {
      scenario_.workload.kernel = fs::absolute(ready).lexically_normal().string();
    } else if (!scenario_.workload.kernel.empty()) {
      resolve("workload.kernel", scenario_.workload.kernel);
    }
    if (!scenario_.traffic.table.empty()) resolve("traffic.table", scenario_.traffic.table);
  }

  /// From where the file's paths count; what comes through a pipe has no place of its own.
  fs::path directory() const {
    std::error_code ignored;
    const bool piped = fs::exists(file_, ignored) && !fs::is_regular_file(file_, ignored);
    return piped ? fs::path() : file_.parent_path();
  }

  void resolve(const std::string& key, std::string& file) {
    const auto setting = settings_.find(key);
    if (setting == settings_.end() || problems_.concerns(key)) return;
    const bool in_file = setting->second.layer <= kScenarioLayer;
    const fs::path path = absolute_from(in_file ? directory() : fs::path(), file);
    std::error_code ignored;
    const auto refuse = [&](const char* expected, const char* but) {
      problems_.add(setting->second, key,
                    fmt::format("expected {}, got {} ({} {})", expected, file, but, path.string()));
    };
    if (!fs::exists(path, ignored)) {
      refuse("an existing file", "no");
    } else if (fs::is_directory(path, ignored)) {
      refuse("a file", "a directory:");
    } else if (!fs::is_regular_file(path, ignored) && key != "workload.kernel") {
      // A kernel's file alone is read once.
      refuse("a file that can be read more than once", "a pipe or a device:");
    }
    file = path.string();
  }

  fs::path file_;
  core::config::Documents& documents_;
  Scenario scenario_;
  ScenarioKeys keys_;
  Settings settings_;
  Problems problems_;
};

}  // namespace

namespace {

/// Of both kinds of routers, sorted.
std::vector<std::string> router_names() {
  std::vector<std::string> names = core::names_of(fabric::router_models());
  for (std::string& name : core::names_of(noc::packet_router_models())) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

ScenarioKeys::ScenarioKeys(Scenario& scenario) {
  core::config::Section top(keys_, "", "");
  top.text("name", scenario.name, "of the scenario, in results; the file's own unless given");
  top.text("description", scenario.description, "one line for `waferloom list`");
  top.text("hardware", base_,
           "preset that the other keys override: a name, see `waferloom list hardware`, or a path to a file "
           "(relative to the file that names it); without it the built-in defaults hold, those of a WSE-2");
  keys_.leave_out("hardware");
  top.text(
      "hardware_name", scenario.preset,
      "name of the hardware in results; follows `hardware` and takes its place in effective configurations");
  top.text(
      "fidelity", scenario.fidelity,
      "how finely time is modelled: wavelet = every wavelet in every cycle, burst = whole transfers with "
      "head, tail and rate (docs/fidelity.md)",
      {"wavelet", "burst"});
  top.count<std::uint64_t>("seed", scenario.seed, {}, "of everything random");
  fabric::declare_keys(keys_, scenario.hardware.fabric, router_names());
  scenario.packet_routers.declare_keys(keys_);
  pe::declare_keys(keys_, scenario.hardware.pe);
  fabric::declare_keys(keys_, scenario.hardware.io, scenario.host);
  fabric::declare_keys(keys_, scenario.memoryx);
  models::declare_keys(keys_, scenario.workload);
  collectives::declare_keys(keys_, scenario.collective);
  noc::declare_keys(keys_, scenario.traffic);
  declare_keys(keys_, scenario.simulation);
  declare_keys(keys_, scenario.observe);
  declare_keys(keys_, scenario.burst);
  declare_keys(keys_, scenario.energy);
}

std::vector<fs::path> files_of(const Scenario& scenario) {
  if (carries_packets(scenario)) {
    return scenario.traffic.table.empty() ? std::vector<fs::path>()
                                          : std::vector<fs::path>{scenario.traffic.table};
  }
  if (scenario.collective.runs()) return {};
  if (runs_kernel(scenario)) return {scenario.workload.kernel};
  if (!scenario.workload.trace.empty()) return {scenario.workload.trace};
  return {models::model_file(scenario.workload.model, core::data_directory() / "models" / "data")};
}

std::string resolved_value(const std::string& key, const std::string& value, const fs::path& directory) {
  const bool is_file =
      key == "workload.trace" || key == "workload.kernel" || key == "traffic.table" ||
      ((key == "workload.model" || key == "hardware" || key == "base") && core::config::is_path(value));
  return is_file && !value.empty() ? absolute_from(directory, value).string() : value;
}

Scenario load_scenario(const fs::path& file, const std::vector<std::string>& overrides) {
  std::vector<Override> given;
  for (const std::string& text : overrides) given.push_back({text, {}});
  core::config::Documents documents;
  return load_scenario(file, given, documents);
}

Scenario load_scenario(const fs::path& file, const std::vector<Override>& overrides,
                       core::config::Documents& documents) {
  return Loader(file, documents).load(overrides);
}

namespace {

/// The scenario of that name that comes with the program, with its folder or without, or the kernel; empty: there
/// is none.
fs::path shipped_scenario(const std::string& name) {
  for (const std::string& known : scenario_names()) {
    if (known == name || known.substr(known.rfind('/') + 1) == name)
      return scenarios_directory() / (known + ".yaml");
  }
  return ready_kernel(name.starts_with(kKernelFolder) ? name.substr(kKernelFolder.size()) : name);
}

[[noreturn]] void refuse_name(const std::string& argument) {
  const std::vector<std::string> known = scenario_names();
  std::vector<std::string> meant = known;
  for (const std::string& name : known) {
    if (const std::size_t slash = name.rfind('/'); slash != std::string::npos)
      meant.push_back(name.substr(slash + 1));
  }
  const std::vector<std::string> kernels = core::config::names_in(kernels_directory());
  meant.insert(meant.end(), kernels.begin(), kernels.end());
  throw core::InputError(
      fmt::format("{}: expected a scenario file, a kernel (waferloom list kernels) or one of {}, got none{}",
                  argument, fmt::join(known, ", "), core::suggestion(argument, meant)));
}

}  // namespace

std::vector<std::string> scenario_names() {
  return core::config::names_below(scenarios_directory(), {"hardware", "kernels", "studies"});
}

fs::path find_scenario(const std::string& argument) {
  std::error_code ignored;
  if (fs::exists(argument, ignored) &&
      (core::config::is_path(argument) || fs::is_regular_file(argument, ignored)))
    return argument;
  if (fs::path shipped = shipped_scenario(argument); !shipped.empty()) return shipped;
  if (core::config::is_path(argument)) return argument;
  refuse_name(argument);
}

fs::path find_scenario_beside(const fs::path& file, const std::string& reference) {
  const fs::path beside = absolute_from(file.parent_path(), reference);
  std::error_code ignored;
  if (fs::is_regular_file(beside, ignored)) return beside;
  const fs::path shipped = shipped_scenario(reference);
  if (!shipped.empty()) return fs::absolute(shipped).lexically_normal();
  if (!core::config::is_path(reference)) refuse_name(reference);
  throw core::InputError(
      fmt::format("expected an existing scenario, got {} (no {})", reference, beside.string()));
}

bool carries_packets(const Scenario& scenario) {
  return core::find_named(noc::packet_router_models(), scenario.hardware.fabric.router) != nullptr;
}

bool runs_kernel(const Scenario& scenario) { return !scenario.workload.kernel.empty(); }

core::Rectangle program_rectangle(const Scenario& scenario) {
  const core::Rectangle& chosen = scenario.workload.rectangle;
  return chosen.area() == 0 ? scenario.hardware.fabric.program : chosen;
}

core::Rectangle collective_rectangle(const Scenario& scenario) {
  const core::Rectangle& chosen = scenario.collective.rectangle;
  return chosen.area() == 0 ? scenario.hardware.fabric.program : chosen;
}

namespace {

/// Calls `write` with the keys of a copy of `scenario`.
template <class Write>
auto with_keys(Scenario scenario, Write write) {
  ScenarioKeys keys(scenario);
  // A replayed trace or a collective excludes a model, traffic a workload, a search for the load a given one.
  if (!scenario.workload.trace.empty() || scenario.collective.runs() || runs_kernel(scenario)) {
    keys.keys().leave_out("workload.model");
  }
  const bool packets = carries_packets(scenario);
  for (const std::string& name : keys.keys().names()) {
    const bool for_wavelets = name.starts_with("workload.") || name.starts_with("collective.");
    if (packets ? for_wavelets : name.starts_with("traffic.")) keys.keys().leave_out(name);
  }
  if (scenario.traffic.find_saturation) keys.keys().leave_out("traffic.load");
  return write(keys.keys());
}

}  // namespace

std::string effective_yaml(const Scenario& scenario) {
  return with_keys(scenario,
                   [](const core::config::Keys& keys) { return core::config::effective_yaml(keys); });
}

nlohmann::json effective_json(const Scenario& scenario) {
  return with_keys(scenario,
                   [](const core::config::Keys& keys) { return core::config::effective_json(keys); });
}

}  // namespace waferloom::wafer
