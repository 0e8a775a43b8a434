// SPDX-License-Identifier: Apache-2.0
// A metric as it stands in result.json: its value with its unit.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace waferloom::results {

[[nodiscard]] inline nlohmann::ordered_json metric(double value, const char* unit) {
  return {{"value", value}, {"unit", unit}};
}
[[nodiscard]] inline nlohmann::ordered_json metric(std::uint64_t value, const char* unit) {
  return {{"value", value}, {"unit", unit}};
}

}  // namespace waferloom::results
