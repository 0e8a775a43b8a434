// SPDX-License-Identifier: Apache-2.0
// Writes a file whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace waferloom::core {

/// Whether a file may be written beside `path` and take its place: not where a device or a pipe stands there, into
/// which one writes instead.
[[nodiscard]] bool replaceable(const std::filesystem::path& path);

/// Replaces an existing file. Throws InputError where the place cannot be written to, and
/// HostResourceError when the disk is full.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace waferloom::core
