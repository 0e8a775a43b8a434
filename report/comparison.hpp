// SPDX-License-Identifier: Apache-2.0
// Runs beside each other: what differs in their configurations, and what that did.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace waferloom::report {

/// Reads result.json of each directory and sets them beside each other; docs/studies.md describes the result. A
/// value that a run does not have is null. Throws core::InputError where a directory holds no finished run, is given
/// twice, or was written in another format.
[[nodiscard]] nlohmann::ordered_json compare_runs(const std::vector<std::filesystem::path>& directories);

/// For the terminal.
[[nodiscard]] std::string comparison_text(const nlohmann::ordered_json& comparison);

/// One HTML file; `assets` is the directory with compare.html.
[[nodiscard]] std::string make_comparison_page(const nlohmann::ordered_json& comparison,
                                               const std::filesystem::path& assets);

}  // namespace waferloom::report
