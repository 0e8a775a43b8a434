// SPDX-License-Identifier: Apache-2.0
// The version as `waferloom --version` tells it: with the commit that was built.
#pragma once

#include <string>
#include <string_view>

namespace waferloom::cli {

/// The commit, `+` behind it where files differed from it; empty where the build knew none. The build writes its
/// definition (cmake/Commit.cmake), as it is another with every commit.
[[nodiscard]] std::string_view commit();

/// `waferloom 0.1.0 (1234567890ab)`.
[[nodiscard]] std::string version_text();

}  // namespace waferloom::cli
