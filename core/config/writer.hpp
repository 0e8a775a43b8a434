// SPDX-License-Identifier: Apache-2.0
// Writes the present values of all keys: the effective configuration.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/config/key.hpp"

namespace waferloom::core::config {

/// A YAML file that states every key; reading it gives the same values.
[[nodiscard]] std::string effective_yaml(const Keys& keys);

/// The same as nested objects; quantities are texts with their units.
[[nodiscard]] nlohmann::json effective_json(const Keys& keys);

}  // namespace waferloom::core::config
