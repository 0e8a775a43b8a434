// SPDX-License-Identifier: Apache-2.0
#include "study/launch/workers.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include "study/launch/child_process.hpp"

namespace waferloom::study {

namespace {

namespace fs = std::filesystem;

/// What a failed run wrote to its standard error, without the newline at its end.
std::string error_text(const fs::path& path, int status) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? signal_text(status) : text;
}

}  // namespace

fs::path point_directory(const fs::path& study, std::uint64_t number) {
  return study / "points" / fmt::format("{:06}", number);
}

PointRuns::~PointRuns() {
  stop();
  for (const auto& [pid, child] : children_) (void)wait_for(pid);
}

void PointRuns::start(const Task& task) {
  const fs::path directory = point_directory(study_, task.number);
  // A run that was killed leaves its directory, and may even still be writing to it: each attempt has its own.
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename().string().starts_with("run")) fs::remove_all(entry.path(), ignored);
  }
  const fs::path run = directory / fmt::format("run.{}.{}", getpid(), task.number);
  const pid_t child = start_program({"run", (directory / "scenario.yaml").string(), "--out", run.string()},
                                    directory / "output.txt", directory / "errors.txt");
  children_.emplace(child, Child{task, run, {}});
}

std::optional<Outcome> PointRuns::finished() {
  for (auto at = children_.begin(); at != children_.end(); ++at) {
    int status = 0;
    if (waitpid(at->first, &status, WNOHANG) != at->first) continue;
    const Child child = std::move(at->second);
    children_.erase(at);
    return conclude(child, exit_status(status));
  }
  return std::nullopt;
}

void PointRuns::stop() {
  stopping_ = true;
  for (const auto& [pid, child] : children_) (void)kill(pid, SIGTERM);
}

Outcome PointRuns::conclude(const Child& child, int status) const {
  const fs::path directory = child.run.parent_path();
  PointRecord record;
  if (status == 0) {
    record = read_result(child.run);
  } else {
    record.message = error_text(directory / "errors.txt", status);
  }
  record.exit_status = status;
  record.digest = child.task.digest;
  record.host_s = child.since.seconds();
  std::error_code error;
  if (status == 0 && keep_runs_) {
    fs::rename(child.run, directory / "run", error);
  } else {
    fs::remove_all(child.run, error);
  }
  if (error) {
    throw core::HostResourceError(fmt::format("{}: cannot write: {}", directory.string(), error.message()));
  }
  if (status == 0) {
    fs::remove(directory / "output.txt", error);
    fs::remove(directory / "errors.txt", error);
  }
  // What we ended ourselves says nothing about the point.
  if (status == 0 || (status != static_cast<int>(core::ExitStatus::interrupted) && !stopping_)) {
    write_record(directory / "point.json", record);
  }
  return {child.task.number, std::move(record)};
}

Outcome run_point(const fs::path& study, bool keep_runs, const Task& task) {
  PointRuns runs(study, keep_runs);
  runs.start(task);
  constexpr useconds_t kPauseUs = 1000;
  while (true) {
    if (std::optional<Outcome> outcome = runs.finished()) return *std::move(outcome);
    usleep(kPauseUs);
  }
}

}  // namespace waferloom::study
