// SPDX-License-Identifier: Apache-2.0
// Suggestions for misspelt names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace waferloom::core {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that `name` was most probably meant to be (the first of several); empty if none is near.
[[nodiscard]] std::string nearest_name(std::string_view name, std::span<const std::string> known);

/// That name as messages end with it, behind `before`: `; did you mean X?`; empty if none is near.
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string> known,
                                     std::string_view before = {});

}  // namespace waferloom::core
