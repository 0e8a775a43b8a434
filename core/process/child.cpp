// SPDX-License-Identifier: Apache-2.0
#include "core/process/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace waferloom::core {

namespace {

// The first byte of what a child sends.
constexpr char kValue = '\0';
constexpr char kFailure = '\1';

[[noreturn]] void fail(const char* call) {
  throw HostResourceError(std::string(call) + ": " +
                          std::error_code(errno, std::generic_category()).message());
}

[[noreturn]] void answer_and_exit(int end, const std::function<std::string()>& run) {
  std::string text;
  try {
    text = kValue + run();
  } catch (const std::exception& error) {
    text = kFailure + std::string(error.what());
  }
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t written = write(end, text.data() + sent, text.size() - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    sent += static_cast<std::size_t>(written);
  }
  std::_Exit(0);  // nothing of the parent's is to be written twice
}

}  // namespace

Child::Child(const std::function<std::string()>& run, unsigned longest_seconds) {
  std::fflush(nullptr);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) fail("pipe");
  process_ = fork();
  if (process_ < 0) {
    close(ends[0]);
    close(ends[1]);
    fail("fork");
  }
  if (process_ == 0) {
    close(ends[0]);
    alarm(longest_seconds);
    answer_and_exit(ends[1], run);
  }
  close(ends[1]);
  end_ = ends[0];
}

Child::Child(Child&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      end_(std::exchange(other.end_, -1)),
      text_(std::move(other.text_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    let_go();
    process_ = std::exchange(other.process_, -1);
    end_ = std::exchange(other.end_, -1);
    text_ = std::move(other.text_);
  }
  return *this;
}

Child::~Child() { let_go(); }

void Child::let_go() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  close(end_);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::optional<Child::Answer> Child::read() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(end_, buffer.data(), buffer.size());
  if (size < 0 && errno == EINTR) return std::nullopt;
  if (size > 0) {
    text_.append(buffer.data(), static_cast<std::size_t>(size));
    return std::nullopt;
  }
  Answer answer;
  close(end_);
  waitpid(std::exchange(process_, -1), &answer.status, 0);
  if (answer.status == 0 && !text_.empty() && text_.front() == kValue) {
    answer.value = text_.substr(1);
  } else if (!text_.empty() && text_.front() == kFailure) {
    answer.failure = text_.substr(1);
  }
  return answer;
}

Child::Answer Child::answer() {
  std::optional<Answer> answer;
  while (!answer) answer = read();
  return *std::move(answer);
}

}  // namespace waferloom::core
