// SPDX-License-Identifier: Apache-2.0
// Makes a valid file of one that was edited by hand.
#pragma once

#include <filesystem>

namespace waferloom::trace {

/// Copies the trace `in` to `out` with fresh checksums and a fresh end line. Lines may lack their checksum,
/// and an end line may be missing. Throws core::InputError with the line of what is no header or record.
void seal(const std::filesystem::path& in, const std::filesystem::path& out);

}  // namespace waferloom::trace
