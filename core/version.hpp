// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace waferloom::core {

/// The project's version, as CMakeLists.txt states it.
[[nodiscard]] std::string_view version();

/// The version and the build: a checksum of the program's file, which differs between any two builds.
[[nodiscard]] std::string program();

}  // namespace waferloom::core
