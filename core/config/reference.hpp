// SPDX-License-Identifier: Apache-2.0
// Descriptions made from the declared keys: for the terminal, for editors, and as a reference page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/config/key.hpp"

namespace waferloom::core::config {

/// The key `name`, or all keys of the section `name` (all of them if empty). Throws core::InputError, with
/// the nearest known name, if there is none.
[[nodiscard]] std::string describe(const Keys& keys, std::string_view name);
/// The same as a list of objects.
[[nodiscard]] nlohmann::ordered_json describe_json(const Keys& keys, std::string_view name);

/// A JSON Schema (draft-07) of files with these keys.
[[nodiscard]] nlohmann::json json_schema(const Keys& keys, std::string_view title);

/// One Markdown table per section.
[[nodiscard]] std::string markdown(const Keys& keys);

}  // namespace waferloom::core::config
