// SPDX-License-Identifier: Apache-2.0
// Texts in tables of comma-separated values (RFC 4180).
#pragma once

#include <string>
#include <string_view>

namespace waferloom::results {

/// In quotes where a comma, a quote or a line break would otherwise be taken for the table's own.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace waferloom::results
