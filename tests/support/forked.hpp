// SPDX-License-Identifier: Apache-2.0
// Runs a simulation in a child process, as SystemC elaborates once per process.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

namespace waferloom::test {

inline constexpr unsigned kLongestRunSeconds = 60;  // most take milliseconds

/// What `run` returns, or "error: MESSAGE".
inline std::string in_child(const std::function<std::string()>& run) {
  std::fflush(nullptr);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return "error: pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    alarm(kLongestRunSeconds);  // a run without end is a failure, not a test that hangs
    std::string text;
    try {
      text = run();
    } catch (const std::exception& e) {
      text = std::string("error: ") + e.what();
    }
    const bool written = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? text : "error: the child ended with " + std::to_string(status);
}

}  // namespace waferloom::test
