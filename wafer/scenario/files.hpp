// SPDX-License-Identifier: Apache-2.0
// Files that scenarios, studies and sets name: a path is relative to the file that names it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wafer/scenario/scenario.hpp"

namespace waferloom::wafer {

/// The scenario that `file` (a study or a set) names by `reference`: a path relative to it, or the name of one that
/// comes with the program. Throws core::InputError if there is none.
[[nodiscard]] std::filesystem::path find_scenario_beside(const std::filesystem::path& file,
                                                         const std::string& reference);

/// The files that a run reads besides the scenario and its presets: of the model, or the trace, or the traffic table.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const Scenario& scenario);

/// `value`, or the absolute path that it means in a file of `directory` where `key` names a file by a relative one.
[[nodiscard]] std::string resolved_value(const std::string& key, const std::string& value,
                                         const std::filesystem::path& directory);

}  // namespace waferloom::wafer
