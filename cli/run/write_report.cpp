// SPDX-License-Identifier: Apache-2.0
#include "cli/run/write_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config/catalog.hpp"
#include "core/data_path.hpp"
#include "core/write_file.hpp"
#include "report/page.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

namespace {

/// The configuration of the preset that a run's hardware is named after, with defaults for all other keys; null where
/// no preset that comes with the program has that name.
nlohmann::ordered_json preset_of(const nlohmann::ordered_json& result) {
  const auto configuration = result.find("configuration");
  if (configuration == result.end() || !configuration->is_object()) return nullptr;
  const auto name = configuration->find("hardware_name");
  if (name == configuration->end() || !name->is_string()) return nullptr;
  const std::filesystem::path presets = core::data_directory() / "scenarios" / "hardware";
  const std::vector<std::string> known = core::config::names_in(presets);
  if (std::find(known.begin(), known.end(), name->get<std::string>()) == known.end()) return nullptr;
  return wafer::effective_json(wafer::load_scenario(presets / (name->get<std::string>() + ".yaml"), {}));
}

}  // namespace

void write_report(const std::filesystem::path& directory, const std::filesystem::path& out) {
  const report::RunFiles run = report::read_run(directory);
  core::write_file(
      out, report::make_page(run, preset_of(run.result), core::data_directory() / "report" / "assets"));
}

}  // namespace waferloom::cli
