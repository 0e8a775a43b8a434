// SPDX-License-Identifier: Apache-2.0
// The report of a finished run, made of its files.
#pragma once

#include <filesystem>

namespace waferloom::cli {

/// Writes the page of the run in `directory`, beside which the values of its hardware preset are told where it has one
/// that comes with the program. Throws core::InputError where the run is not finished or damaged.
void write_report(const std::filesystem::path& directory, const std::filesystem::path& out);

}  // namespace waferloom::cli
