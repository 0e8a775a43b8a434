// SPDX-License-Identifier: Apache-2.0
// The report of a study: one HTML file with all its numbers and charts.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace waferloom::report {

/// `study` is the content of a study.json; `assets` the directory with study.html.
[[nodiscard]] std::string make_study_page(const nlohmann::ordered_json& study,
                                          const std::filesystem::path& assets);

}  // namespace waferloom::report
