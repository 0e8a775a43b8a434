// SPDX-License-Identifier: Apache-2.0
// A study's points for somebody else's scheduler: a file that runs `waferloom sweep --point` for each.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "study/plan/plan.hpp"

namespace waferloom::study {

struct JobFormat {
  std::string_view name;  ///< of `--emit`
  std::string_view file;  ///< in the study's directory
  std::string_view help;  ///< how to run it
  std::string (*text)(const Plan& plan, const std::string& program, const std::string& directory);
};

[[nodiscard]] const std::vector<JobFormat>& job_formats();

/// `text` as one word of a shell.
[[nodiscard]] std::string quoted(const std::string& text);
/// As a value of an #SBATCH line, where a percent sign begins a pattern.
[[nodiscard]] std::string slurm_quoted(const std::string& text);

/// Writes all scenarios and the file of `format`; gives its path.
std::filesystem::path emit_jobs(const Study& study, const Plan& plan, const std::filesystem::path& directory,
                                const JobFormat& format);

}  // namespace waferloom::study
