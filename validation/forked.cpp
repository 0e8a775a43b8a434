// SPDX-License-Identifier: Apache-2.0
#include "validation/forked.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>

#include "core/error.hpp"

namespace waferloom::validation {

namespace {

/// What a child sends: a byte that tells a value (0) from a message (1), then either.
void send_all(int end, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(end, data, size);
    if (written <= 0) return;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

[[noreturn]] void run_child(int end, const std::function<double()>& simulate) {
  std::string answer;
  try {
    const double value = simulate();
    answer.assign(1, '\0');
    answer.append(reinterpret_cast<const char*>(&value), sizeof value);
  } catch (const std::exception& e) {
    answer = std::string(1, '\1') + e.what();
  }
  send_all(end, answer.data(), answer.size());
  close(end);
  std::_Exit(0);  // nothing of the parent's is to be written twice
}

}  // namespace

std::string run_forked(const std::function<double()>& simulate, double& value) {
  std::fflush(stdout);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    throw core::HostResourceError("pipe: " + std::error_code(errno, std::generic_category()).message());
  }
  const pid_t child = fork();
  if (child < 0) {
    throw core::HostResourceError("fork: " + std::error_code(errno, std::generic_category()).message());
  }
  if (child == 0) {
    close(ends[0]);
    run_child(ends[1], simulate);
  }
  close(ends[1]);
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (answer.size() == 1 + sizeof value && answer[0] == '\0') {
    std::memcpy(&value, answer.data() + 1, sizeof value);
    return "";
  }
  return answer.size() > 1 ? answer.substr(1) : "the simulation's process ended without an answer";
}

}  // namespace waferloom::validation
