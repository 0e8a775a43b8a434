// SPDX-License-Identifier: Apache-2.0
#include "study/launch/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/error.hpp"

namespace waferloom::study {

namespace {

constexpr int kNotStarted = 4;  // of the host: core::ExitStatus::host_resource

/// Opens `path` anew as `descriptor`.
bool replace(const std::filesystem::path& path, int descriptor) {
  constexpr mode_t kMode = 0644;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  return file >= 0 && dup2(file, descriptor) >= 0;
}

/// The environment without what would make the child take itself for a rank of ours.
std::vector<char*> child_environment() {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!text.starts_with("OMPI_") && !text.starts_with("PMIX_") && !text.starts_with("PMI_")) {
      kept.push_back(*entry);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

pid_t start_program(const std::vector<std::string>& arguments, const std::filesystem::path& output,
                    const std::filesystem::path& errors) {
  std::string name = "waferloom";
  std::vector<char*> argv{name.data()};
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> environment = child_environment();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    throw core::HostResourceError(fmt::format("cannot start a process: {}", std::strerror(errno)));
  }
  if (child > 0) return child;
  // From here on nothing but calls that a child of a process with threads may make.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kNotStarted);  // it ended before the line above
  const bool opened = replace(output, STDOUT_FILENO) && (errors.empty() || replace(errors, STDERR_FILENO));
  if (opened) execve("/proc/self/exe", argv.data(), environment.data());
  _exit(kNotStarted);
}

core::ExitStatus promised_status(int status) {
  if (status <= kSignalled || status == static_cast<int>(core::ExitStatus::interrupted)) {
    return static_cast<core::ExitStatus>(status);
  }
  return status == kSignalled + SIGKILL ? core::ExitStatus::host_resource : core::ExitStatus::internal;
}

std::string signal_text(int status) {
  if (status <= kSignalled || status == static_cast<int>(core::ExitStatus::interrupted)) return {};
  const int signal = status - kSignalled;
  return fmt::format("ended by signal {} ({}){}", signal, strsignal(signal),  // NOLINT(concurrency-mt-unsafe)
                     signal == SIGKILL ? ": out of memory, or killed by hand" : "");
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kSignalled + WTERMSIG(wait_status);
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_status(status);
}

}  // namespace waferloom::study
