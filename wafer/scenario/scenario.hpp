// SPDX-License-Identifier: Apache-2.0
// A scenario: everything that a run depends on, read from a YAML file on top of a hardware preset.
// docs/configuration.md lists the keys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "collectives/parameters.hpp"
#include "core/config/key.hpp"
#include "core/config/origin.hpp"
#include "core/simulation_parameters.hpp"
#include "fabric/parameters.hpp"
#include "models/workload_parameters.hpp"
#include "noc/router_parameters.hpp"
#include "noc/traffic_parameters.hpp"
#include "wafer/scenario/energy_parameters.hpp"
#include "wafer/scenario/hardware.hpp"
#include "wafer/scenario/model_once.hpp"
#include "wafer/scenario/parameters.hpp"

namespace waferloom::wafer {

struct Scenario {
  std::string name;         ///< the file's own, unless given
  std::string description;  ///< free text
  std::string preset;       ///< name of the preset on which the hardware is based; empty if none
  Hardware hardware;
  noc::RouterSettings packet_routers;  ///< for routers that carry packets: each model's own parameters
  fabric::MemoryXParameters memoryx;
  std::string host = "memoryx";                  ///< behind the I/O channels, see `waferloom list hosts`
  models::WorkloadParameters workload;           ///< for routers that carry wavelets
  ModelOnce model;                               ///< that of the workload
  collectives::CollectiveParameters collective;  ///< likewise, instead of a workload
  noc::TrafficParameters traffic;                ///< for routers that carry packets
  core::SimulationParameters simulation;
  ObserveParameters observe;
  BurstParameters burst;
  EnergyParameters energy;
  std::string fidelity = "wavelet";  ///< how finely time is modelled
  std::uint64_t seed = 1;            ///< of everything random
  core::config::Origin origin;       ///< where the keys were set
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

/// A key that is given another value than the file's.
struct Override {
  std::string text;                ///< `a.b=c`
  core::config::Location where{};  ///< where it stands; without a source, in an option --set
};

/// Reads `file`, the presets it is based on, and `overrides` (each `a.b=c`). Paths in a file are relative to
/// that file, those in overrides to the working directory. Throws core::InputError with all that is wrong,
/// one line each: `file:line:column: key: expected ..., got ...`.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file,
                                     const std::vector<std::string>& overrides = {});
/// The same, with files taken from `documents`.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& file,
                                     const std::vector<Override>& overrides,
                                     core::config::Documents& documents);

/// Calls `body`, and adds the place to what it refuses of the scenario's values.
template <class Body>
auto with_places(const Scenario& scenario, const Body& body) {
  try {
    return body();
  } catch (const core::config::KeyError& error) {
    throw core::InputError(scenario.origin.located(error));
  }
}

/// The file that `argument` names: a path, or the name of a scenario that comes with the program. Throws
/// core::InputError if there is none.
[[nodiscard]] std::filesystem::path find_scenario(const std::string& argument);

/// Names of the scenarios that come with the program; those in folders as `folder/name`.
[[nodiscard]] std::vector<std::string> scenario_names();

/// Whether the scenario's routers carry packets between nodes, not wavelets between PEs.
[[nodiscard]] bool carries_packets(const Scenario& scenario);

/// Whether it runs a kernel.
[[nodiscard]] bool runs_kernel(const Scenario& scenario);

/// The tiles that the program runs on: workload.rectangle, or the whole program area.
[[nodiscard]] core::Rectangle program_rectangle(const Scenario& scenario);

/// The tiles of the collective: collective.rectangle, or the whole program area.
[[nodiscard]] core::Rectangle collective_rectangle(const Scenario& scenario);

/// The complete configuration as a scenario file that needs no preset: load_scenario gives an equal Scenario.
[[nodiscard]] std::string effective_yaml(const Scenario& scenario);

/// The same as JSON, for results. Being YAML too, load_scenario also reads it.
[[nodiscard]] nlohmann::json effective_json(const Scenario& scenario);

/// The keys of a scenario file, bound to a scenario.
class ScenarioKeys {
 public:
  /// Keys that set `scenario`, whose present values become the defaults.
  explicit ScenarioKeys(Scenario& scenario);

  [[nodiscard]] const core::config::Keys& keys() const { return keys_; }
  [[nodiscard]] core::config::Keys& keys() { return keys_; }

 private:
  // The preset's name or path; the loader follows it before it reads the other keys.
  std::string base_;
  core::config::Keys keys_;
};

}  // namespace waferloom::wafer
