// SPDX-License-Identifier: Apache-2.0
// Writes a file whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace waferloom::core {

/// Replaces an existing file. Throws InputError where the place cannot be written to, and
/// HostResourceError when the disk is full.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace waferloom::core
