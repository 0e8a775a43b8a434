// SPDX-License-Identifier: Apache-2.0
// A path as a file's own name.
#pragma once

#include <filesystem>

namespace waferloom::core {

/// Absolute and without `.` and `..`, which lead where the system would follow them: behind a link to a directory
/// that is the parent of what it leads to. Links at the end of the path stay.
[[nodiscard]] std::filesystem::path plain_path(const std::filesystem::path& path);

}  // namespace waferloom::core
