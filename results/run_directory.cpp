// SPDX-License-Identifier: Apache-2.0
#include "results/run_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/error.hpp"

namespace waferloom::results {

namespace fs = std::filesystem;

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

[[noreturn]] void fail(const fs::path& path) {
  throw core::HostResourceError(fmt::format("{}: cannot write: {}", path.string(),
                                            std::error_code(errno, std::generic_category()).message()));
}

}  // namespace

void RunDirectory::require_new(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return;
  throw core::InputError(
      fmt::format("--out: {}: expected a directory that does not exist yet, got an existing {}",
                  path.string(), fs::is_directory(path, error) ? "directory" : "file"));
}

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)) {
  require_new(path_);
  std::error_code error;
  for (fs::path parent = path_.parent_path(); !parent.empty() && !fs::exists(parent, error);
       parent = parent.parent_path()) {
    parents_.push_back(parent);
  }
  error.clear();
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
  if (!error) fs::create_directory(path_, error);
  if (error) {
    throw core::InputError(fmt::format("--out: {}: expected a place where a directory can be made: {}",
                                       path_.string(), error.message()));
  }
}

RunDirectory RunDirectory::go_on(fs::path path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    throw core::InputError(fmt::format("--resume: {}: expected the directory of a run", path.string()));
  }
  RunDirectory directory;
  directory.path_ = std::move(path);
  directory.is_new_ = false;
  // A database, and what the run that was ended has left half written beside it.
  for (const char* const name :
       {"results.sqlite", "results.sqlite-journal", "results.sqlite-wal", "results.sqlite-shm"}) {
    fs::remove(directory.path_ / name, error);
  }
  return directory;
}

void RunDirectory::write(const std::string& name, const std::string& content) const {
  write_parts(name, [&](TextParts& text) { text.put(content); });
}

void RunDirectory::write_parts(const std::string& name, const std::function<void(TextParts&)>& fill) const {
  const fs::path path = path_ / name;
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wbe"));
  if (!file) fail(path);
  TextParts text([&](std::string_view part) {
    if (std::fwrite(part.data(), 1, part.size(), file.get()) != part.size()) fail(path);
  });
  fill(text);
  text.flush();
  if (std::fflush(file.get()) != 0 || fsync(fileno(file.get())) != 0) fail(path);
  if (std::fclose(file.release()) != 0) fail(path);
}

void RunDirectory::write_atomically(const std::string& name, const std::string& content) const {
  const std::string partial = name + ".partial";
  write(partial, content);
  std::error_code error;
  fs::rename(path_ / partial, path_ / name, error);
  if (!error) return;
  throw core::HostResourceError(
      fmt::format("{}: cannot write: {}", (path_ / name).string(), error.message()));
}

void RunDirectory::remove() const {
  if (!is_new_) return;
  std::error_code error;  // the run's own error says more than one of clearing up
  fs::remove_all(path_, error);
  // One that holds something else by now stays.
  for (const fs::path& parent : parents_) fs::remove(parent, error);
}

fs::path default_directory(const std::string& scenario_name) {
  const fs::path base = fs::path("runs") / scenario_name;
  fs::path path = base;
  for (int i = 2; fs::exists(path); ++i) path = fmt::format("{}-{}", base.string(), i);
  return path;
}

}  // namespace waferloom::results
