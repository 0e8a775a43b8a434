// SPDX-License-Identifier: Apache-2.0
// The summary that `waferloom run` prints, from the files that the run leaves.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace waferloom::report {

/// `result` is the content of result.json; `host` that of host.json, or null, and then what simulating cost is
/// left out. Throws core::InputError where something is missing.
[[nodiscard]] std::string summary_text(const nlohmann::ordered_json& result,
                                       const nlohmann::ordered_json& host);

}  // namespace waferloom::report
