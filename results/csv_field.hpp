// SPDX-License-Identifier: Apache-2.0
// Texts in tables of comma-separated values (RFC 4180).
#pragma once

#include <string>
#include <string_view>

namespace waferloom::results {

/// In quotes where it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace waferloom::results
