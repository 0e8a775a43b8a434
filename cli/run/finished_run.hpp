// SPDX-License-Identifier: Apache-2.0
// Directories and files that are named where others belong: what to do instead.
#pragma once

#include <filesystem>
#include <string>

namespace waferloom::cli {

/// Throws core::InputError where `argument` stands for a scenario and names a study (a file or a name).
void refuse_study(const std::string& argument);

/// Throws core::InputError where `argument` stands for a study and names a scenario.
void refuse_scenario(const std::string& argument);

/// Throws core::InputError where `directory` stands for a run's and is that of a study or of a set, or where it is
/// the name of a scenario or a study, which has to run first. What else may be wrong is left to who reads the run.
void require_run(const std::filesystem::path& directory);

}  // namespace waferloom::cli
