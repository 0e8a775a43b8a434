// SPDX-License-Identifier: Apache-2.0
#include "study/launch/emit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/input/plain_path.hpp"
#include "core/write_file.hpp"
#include "study/table/study_directory.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;

/// Slurm's usual limit of a job array (MaxArraySize) is 1001.
constexpr std::size_t kMostTasks = 1000;

}  // namespace

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string slurm_quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '%') result += '%';
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

namespace {

/// Refuses what a line of a script cannot hold, whatever its quotes.
void check_line(const std::string& path) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::none_of(path.begin(), path.end(), is_control)) return;
  throw core::InputError(
      "--out: expected a directory whose path has no line breaks, as it stands in a script, got another");
}

std::string parallel_list(const Plan& plan, const std::string& program, const std::string& directory) {
  std::string text;
  for (const PlannedPoint& point : plan.points) {
    text += fmt::format("{} sweep --point {} {}\n", quoted(program), quoted(directory), point.number);
  }
  return text;
}

std::string slurm_output(const std::string& directory) {
  std::string text = slurm_quoted(directory);
  text.pop_back();
  return text + "/slurm-%a.txt\"";
}

std::string slurm_script(const Plan& plan, const std::string& program, const std::string& directory) {
  const std::size_t tasks = std::min(plan.points.size(), kMostTasks);
  return fmt::format(
      "#!/bin/sh\n"
      "#SBATCH --job-name={}\n"
      "#SBATCH --array=1-{}\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --output={}\n"
      "# Each task runs every {}th point.\n"
      "point=\"$SLURM_ARRAY_TASK_ID\"\n"
      "while [ \"$point\" -le {} ]; do\n"
      "  {} sweep --point {} \"$point\"\n"
      "  point=$((point + {}))\n"
      "done\n",
      slurm_quoted(plan.name), tasks, slurm_output(directory), tasks, plan.points.size(), quoted(program),
      quoted(directory), tasks);
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
  const std::string absolute = core::plain_path(directory).string();
  check_line(absolute);
  const fs::path file = directory / format.file;
  core::write_file(file, format.text(plan, fs::read_symlink("/proc/self/exe").string(), absolute));
  return file;
}

}  // namespace waferloom::study
