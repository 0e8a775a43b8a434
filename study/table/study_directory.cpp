// SPDX-License-Identifier: Apache-2.0
#include "study/table/study_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/error.hpp"
#include "core/input/json.hpp"
#include "core/write_file.hpp"
#include "study/launch/workers.hpp"

namespace waferloom::study {

namespace fs = std::filesystem;

DirectoryLock::DirectoryLock(const fs::path& directory) {
  const fs::path path = directory / "lock";
  constexpr mode_t kMode = 0644;
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor_ < 0) {
    throw core::InputError(
        fmt::format("{}: expected a place to write to: {}", path.string(), std::strerror(errno)));
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  close(descriptor_);
  throw core::InputError(fmt::format(
      "{}: expected a directory of its own, got one in which another sweep works", directory.string()));
}

DirectoryLock::~DirectoryLock() { close(descriptor_); }

void open_directory(const fs::path& directory, const Plan& plan, bool resume) {
  const fs::path path = directory / "plan.json";
  std::error_code error;
  if (resume && fs::exists(path, error)) {
    if (load_plan(directory).points == plan.points) return;
    throw core::InputError(
        fmt::format("{}: expected the points that this study has now, got others: the study, its base or the "
                    "program changed since; choose another --out",
                    path.string()));
  }
  if (fs::exists(fs::symlink_status(path, error))) {
    throw core::InputError(fmt::format(
        "--out: {}: expected a directory without a study, got one; go on with --resume", directory.string()));
  }
  // plan.json comes last: what has none was never begun.
  core::write_file(path, to_json(plan).dump(1) + "\n");
}

Plan load_plan(const fs::path& directory) {
  const fs::path path = directory / "plan.json";
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw core::InputError(
        fmt::format("{}: expected the directory of a study, got none (no plan.json)", directory.string()));
  }
  try {
    return read_plan(core::load_json(path), path.string());
  } catch (const core::JsonError& e) {
    throw core::InputError(
        fmt::format("{}: expected a study's plan, got another file: {}", path.string(), e.what()));
  }
}

void write_scenario(const fs::path& directory, const PlannedPoint& point, const wafer::Scenario& scenario) {
  const fs::path below = point_directory(directory, point.number);
  std::error_code error;
  fs::create_directories(below, error);
  if (error) {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", below.string(), error.message()));
  }
  core::write_file(below / "scenario.yaml", wafer::effective_yaml(scenario));
}

}  // namespace waferloom::study
