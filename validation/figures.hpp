// SPDX-License-Identifier: Apache-2.0
// Published figures as data (validation/data/*.yaml): what was run, what was published, how sure it is, how far off a
// simulation may be and why. A file is a suite; docs/validation.md describes its keys. Each figure is one run of this
// program, in a process of its own, as a user would run it.
#pragma once

#include <filesystem>
#include <vector>

#include "validation/suite.hpp"

namespace waferloom::validation {

/// The suite of a file, whose figures are read when they are asked for: `cases` throws core::InputError with all that
/// is wrong, one line each: `file:line:column: key: expected ..., got ...`.
[[nodiscard]] Suite figure_suite(const std::filesystem::path& file);

/// Those of all files that come with the program, by name.
[[nodiscard]] std::vector<Suite> figure_suites();

}  // namespace waferloom::validation
