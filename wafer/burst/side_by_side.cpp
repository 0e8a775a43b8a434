// SPDX-License-Identifier: Apache-2.0
#include "wafer/burst/side_by_side.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "core/process/child.hpp"

namespace waferloom::burst {

namespace {

constexpr int kLookAtStopMs = 100;

/// The jobs that run, each with its number.
class Children {
 public:
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  void start(std::size_t number, const Job& job) { running_.emplace_back(number, core::Child(job)); }
  /// Reads what children send; `done` gets the number and the answer of each that has ended.
  template <typename Done>
  void read_some(Done done) {
    std::vector<pollfd> ends;
    for (const auto& [number, child] : running_) ends.push_back({child.end(), POLLIN, 0});
    if (poll(ends.data(), ends.size(), kLookAtStopMs) < 0) {
      if (errno == EINTR) return;
      throw core::HostResourceError("poll: " + std::error_code(errno, std::generic_category()).message());
    }
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (ends[i].revents == 0) continue;
      const std::optional<core::Child::Answer> answer = running_[i].second.read();
      if (!answer) continue;
      const std::size_t number = running_[i].first;
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      done(number, *answer);
    }
  }

 private:
  std::vector<std::pair<std::size_t, core::Child>> running_;
};

}  // namespace

std::vector<std::string> side_by_side(const std::vector<Job>& jobs, const std::atomic<bool>& stop) {
  const std::size_t at_a_time = std::min<std::size_t>(jobs.size(), std::thread::hardware_concurrency());
  std::vector<std::string> answers(jobs.size());
  if (at_a_time < 2) {
    std::transform(jobs.begin(), jobs.end(), answers.begin(), [](const Job& job) { return job(); });
    return answers;
  }
  Children children;
  for (std::size_t next = 0; next < jobs.size() || children.running() > 0;) {
    if (stop.load()) throw core::Error(core::ExitStatus::interrupted, "interrupted");
    for (; next < jobs.size() && children.running() < at_a_time; ++next) children.start(next, jobs[next]);
    children.read_some([&](std::size_t number, const core::Child::Answer& answer) {
      if (stop.load()) return;
      if (answer.failure) throw core::SimulationError(*answer.failure);
      if (!answer.value) throw core::HostResourceError("a candidate's simulation was ended from outside");
      answers[number] = *answer.value;
    });
  }
  return answers;
}

}  // namespace waferloom::burst
