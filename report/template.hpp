// SPDX-License-Identifier: Apache-2.0
// A page built from report/ui with marks where its title and its data belong.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace waferloom::report {

/// `text` as it stands in an element or an attribute of HTML or SVG.
[[nodiscard]] std::string markup_text(std::string_view text);

/// The page in `file` with `data` as its element #data, followed by `elements`. Throws core::InputError where the
/// file cannot be read or has no marks.
[[nodiscard]] std::string fill_template(const std::filesystem::path& file, const std::string& title,
                                        const nlohmann::ordered_json& data, const std::string& elements);

}  // namespace waferloom::report
