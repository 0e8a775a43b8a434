// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace waferloom::core {

/// The project's version, as CMakeLists.txt states it.
[[nodiscard]] std::string_view version();

}  // namespace waferloom::core
