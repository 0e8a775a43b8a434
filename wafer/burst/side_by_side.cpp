// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/side_by_side.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>

#include "core/error.hpp"

namespace waferloom::burst {

namespace {

constexpr int kLookAtStopMs = 100;
// The first byte of what a child sends.
constexpr char kAnswer = '\0';
constexpr char kFailure = '\1';

[[noreturn]] void answer_and_exit(int end, const Job& job) {
  std::string text;
  try {
    text = kAnswer + job();
  } catch (const std::exception& error) {
    text = kFailure + std::string(error.what());
  }
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t written = write(end, text.data() + sent, text.size() - sent);
    if (written <= 0) break;
    sent += static_cast<std::size_t>(written);
  }
  std::_Exit(0);  // nothing of the parent's is to be written twice
}

/// The processes that run, ended with this.
class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() {
    for (const Child& child : running_) {
      kill(child.process, SIGKILL);
      close(child.end);
      waitpid(child.process, nullptr, 0);
    }
  }

  [[nodiscard]] std::size_t running() const { return running_.size(); }
  void start(std::size_t number, const Job& job) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) fail("pipe");
    const pid_t process = fork();
    if (process < 0) fail("fork");
    if (process == 0) {
      close(ends[0]);
      answer_and_exit(ends[1], job);
    }
    close(ends[1]);
    running_.push_back({process, ends[0], number, {}});
  }
  /// Reads what children send; `done` gets the number and the text of each that has ended.
  template <typename Done>
  void read_some(Done done) {
    std::vector<pollfd> ends;
    for (const Child& child : running_) ends.push_back({child.end, POLLIN, 0});
    if (poll(ends.data(), ends.size(), kLookAtStopMs) < 0 && errno != EINTR) fail("poll");
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (ends[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t size = read(running_[i].end, buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size > 0) {
        running_[i].text.append(buffer.data(), static_cast<std::size_t>(size));
        continue;
      }
      const Child child = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      close(child.end);
      waitpid(child.process, nullptr, 0);
      done(child.number, child.text);
    }
  }

 private:
  struct Child {
    pid_t process;
    int end;
    std::size_t number;
    std::string text;
  };

  [[noreturn]] static void fail(const char* call) {
    throw core::HostResourceError(std::string(call) + ": " +
                                  std::error_code(errno, std::generic_category()).message());
  }

  std::vector<Child> running_;
};

}  // namespace

std::vector<std::string> side_by_side(const std::vector<Job>& jobs, const std::atomic<bool>& stop) {
  const std::size_t at_a_time = std::min<std::size_t>(jobs.size(), std::thread::hardware_concurrency());
  std::vector<std::string> answers(jobs.size());
  if (at_a_time < 2) {
    std::transform(jobs.begin(), jobs.end(), answers.begin(), [](const Job& job) { return job(); });
    return answers;
  }
  std::fflush(nullptr);
  Children children;
  for (std::size_t next = 0; next < jobs.size() || children.running() > 0;) {
    if (stop.load()) throw core::Error(core::ExitStatus::interrupted, "interrupted");
    for (; next < jobs.size() && children.running() < at_a_time; ++next) children.start(next, jobs[next]);
    children.read_some([&](std::size_t number, const std::string& text) {
      if (stop.load()) return;
      if (text.empty()) throw core::HostResourceError("a candidate's simulation was ended from outside");
      if (text.front() == kFailure) throw core::SimulationError(text.substr(1));
      answers[number] = text.substr(1);
    });
  }
  return answers;
}

}  // namespace waferloom::burst
