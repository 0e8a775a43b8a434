// SPDX-License-Identifier: Apache-2.0
#include "cli/run/finished_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "core/config/catalog.hpp"
#include "core/config/document.hpp"
#include "core/data_path.hpp"
#include "core/error.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

namespace {

namespace fs = std::filesystem;
using core::config::Node;

enum class Kind { scenario, study };

/// Keys of a study that no scenario has, and the opposite; `base` decides by itself.
constexpr std::array<std::string_view, 6> kStudyOnly{"vary", "zip", "list", "sample", "objectives", "derive"};
constexpr std::array<std::string_view, 7> kScenarioOnly{"hardware", "workload", "fabric",   "collective",
                                                        "traffic",  "fidelity", "scenarios"};

template <std::size_t N>
bool has_any(const Node& root, const std::array<std::string_view, N>& keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](std::string_view key) { return root.find(key) != nullptr; });
}

/// What a file is by its keys; none where they do not tell, or where it cannot be read twice.
std::optional<Kind> kind_of_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  core::config::Problems problems;
  const Node root = core::config::parse_file(path, 0, problems);
  if (!problems.empty()) return std::nullopt;
  if (root.find("base") != nullptr || has_any(root, kStudyOnly)) return Kind::study;
  if (has_any(root, kScenarioOnly)) return Kind::scenario;
  return std::nullopt;
}

bool is_shipped_study(const std::string& name) {
  const std::vector<std::string> known =
      core::config::names_in(core::data_directory() / "scenarios" / "studies");
  return std::find(known.begin(), known.end(), name) != known.end();
}

bool is_shipped_scenario(const std::string& name) {
  const std::vector<std::string> known = wafer::scenario_names();
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// A name is not a path, and no file of that name lies here.
bool is_name(const std::string& argument) {
  std::error_code ignored;
  return !core::config::is_path(argument) && !fs::exists(argument, ignored);
}

[[noreturn]] void refuse(const fs::path& what, std::string_view expected, const std::string& got) {
  throw core::InputError(fmt::format("{}: expected {}, got {}", what.string(), expected, got));
}

/// The directories of finished runs directly below one.
std::vector<std::string> runs_below(const fs::path& directory) {
  std::vector<std::string> runs;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (fs::exists(entry.path() / "result.json", ignored)) runs.push_back(entry.path().string());
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

}  // namespace

void refuse_study(const std::string& argument) {
  const bool study = is_name(argument) ? !is_shipped_scenario(argument) && is_shipped_study(argument)
                                       : kind_of_file(argument) == Kind::study;
  if (!study) return;
  refuse(argument, "a scenario",
         fmt::format("a study: `waferloom sweep {0}` runs it, `waferloom sweep {0} --dry-run` checks it and "
                     "lists its points",
                     argument));
}

void refuse_scenario(const std::string& argument) {
  const bool scenario = is_name(argument) ? !is_shipped_study(argument) && is_shipped_scenario(argument)
                                          : kind_of_file(argument) == Kind::scenario;
  if (!scenario) return;
  refuse(argument, "a study",
         fmt::format("a scenario: `waferloom run {0}` runs it; a study names it as its base", argument));
}

void require_run(const fs::path& directory) {
  std::error_code ignored;
  constexpr std::string_view kExpected = "a directory that `waferloom run` wrote";
  if (fs::exists(directory / "result.json", ignored)) return;
  if (fs::exists(directory / "plan.json", ignored)) {
    const fs::path page = directory / "study.html";
    refuse(
        directory, kExpected,
        fs::exists(page, ignored)
            ? fmt::format("a study's: its page is {}, its table {}", page.string(),
                          (directory / "table.csv").string())
            : fmt::format("a study's: `waferloom sweep --collect {}` makes its page of the points that are "
                          "done",
                          directory.string()));
  }
  if (fs::exists(directory / "table.csv", ignored)) {
    if (const std::vector<std::string> runs = runs_below(directory); !runs.empty())
      refuse(directory, kExpected, fmt::format("a set's: its runs are {}", fmt::join(runs, ", ")));
  }
  const std::string argument = directory.string();
  if (!is_name(argument) && kind_of_file(directory) == std::nullopt) return;
  const bool study = is_name(argument) ? is_shipped_study(argument) : kind_of_file(directory) == Kind::study;
  if (study) {
    refuse(directory, kExpected,
           fmt::format("a study: `waferloom sweep {0}` runs it and makes its page, "
                       "runs/study-NAME/study.html",
                       argument));
  }
  if (!is_name(argument) || is_shipped_scenario(argument)) {
    refuse(directory, kExpected,
           fmt::format("a scenario: `waferloom run {0} --report` runs it and makes its page", argument));
  }
}

}  // namespace waferloom::cli
