// SPDX-License-Identifier: Apache-2.0
#include "study/launch/emit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/write_file.hpp"
#include "study/table/study_directory.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;

/// Slurm's usual limit of a job array (MaxArraySize) is 1001.
constexpr std::size_t kMostTasks = 1000;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string parallel_list(const Plan& plan, const std::string& program, const std::string& directory) {
  std::string text;
  for (const PlannedPoint& point : plan.points) {
    text += fmt::format("{} sweep --point {} {}\n", quoted(program), quoted(directory), point.number);
  }
  return text;
}

std::string slurm_script(const Plan& plan, const std::string& program, const std::string& directory) {
  const std::size_t tasks = std::min(plan.points.size(), kMostTasks);
  return fmt::format(
      "#!/bin/sh\n"
      "#SBATCH --job-name={}\n"
      "#SBATCH --array=1-{}\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --output={}/slurm-%a.txt\n"
      "# Each task runs every {}th point.\n"
      "point=\"$SLURM_ARRAY_TASK_ID\"\n"
      "while [ \"$point\" -le {} ]; do\n"
      "  {} sweep --point {} \"$point\"\n"
      "  point=$((point + {}))\n"
      "done\n",
      plan.name, tasks, directory, tasks, plan.points.size(), quoted(program), quoted(directory), tasks);
}

}  // namespace

const std::vector<JobFormat>& job_formats() {
  static const std::vector<JobFormat> formats{
      {"parallel", "jobs.txt", "parallel < {}", parallel_list},
      {"slurm", "jobs.slurm", "sbatch {}", slurm_script},
  };
  return formats;
}

fs::path emit_jobs(const Study& study, const Plan& plan, const fs::path& directory, const JobFormat& format) {
  for (const PlannedPoint& point : plan.points) {
    write_scenario(directory, point, point_scenario(study, point.settings));
  }
  const fs::path file = directory / format.file;
  core::write_file(file, format.text(plan, fs::read_symlink("/proc/self/exe").string(),
                                     fs::absolute(directory).lexically_normal().string()));
  return file;
}

}  // namespace waferloom::study
