// SPDX-License-Identifier: Apache-2.0
// An explanation as files and as text. docs/explain.md and docs/results.md describe them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "study/explain/explanation.hpp"

namespace waferloom::study {

/// explain.json.
[[nodiscard]] nlohmann::ordered_json to_json(const Explanation& explanation);

/// explain.csv: a row per change.
[[nodiscard]] std::string csv(const Explanation& explanation);

/// For the terminal.
[[nodiscard]] std::string summary(const Explanation& explanation);

}  // namespace waferloom::study
