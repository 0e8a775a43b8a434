// SPDX-License-Identifier: Apache-2.0
// The summary of a run as JSON: its results without the long lists that other commands show better.
#pragma once

#include <nlohmann/json.hpp>

namespace waferloom::cli {

/// Of the contents of result.json and host.json; layers.csv and `check --effective` hold what is left out.
[[nodiscard]] inline nlohmann::ordered_json summary_json(nlohmann::ordered_json result,
                                                         const nlohmann::ordered_json& host) {
  result.erase("operations");
  result.erase("configuration");
  result["host"] = host;
  return result;
}

}  // namespace waferloom::cli
