// SPDX-License-Identifier: Apache-2.0
// The report of a run: one HTML file that needs nothing else, neither network nor program.
//
// The page itself (report/assets/page.html) is made of report/ui; this fills in the run's data: a JSON object
// in the element `data`, and packed grids in elements `grid-NAME`.
#pragma once

#include <filesystem>
#include <string>

#include "report/run_files.hpp"

namespace waferloom::report {

/// `preset`: the configuration of the hardware's preset, or null. Throws core::InputError where the page's template is missing from `assets`.
[[nodiscard]] std::string make_page(const RunFiles& run, const nlohmann::ordered_json& preset,
                                    const std::filesystem::path& assets);

}  // namespace waferloom::report
