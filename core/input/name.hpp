// SPDX-License-Identifier: Apache-2.0
// What a name that a user chooses may be: it becomes part of paths, scripts, tables and pages.
#pragma once

#include <string>
#include <string_view>

namespace waferloom::core {

/// "expected ..., got ..." where `name` cannot be part of a path or would not stand on one line; else empty.
[[nodiscard]] std::string name_problem(std::string_view name);

}  // namespace waferloom::core
