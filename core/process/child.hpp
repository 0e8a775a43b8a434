// SPDX-License-Identifier: Apache-2.0
// A function run in a process of its own: SystemC elaborates once a process, so that each of several simulations needs
// one. What the function returns comes back through a pipe; nothing else that it changes does.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace waferloom::core {

class Child {
 public:
  struct Answer {
    std::optional<std::string> value;    ///< what the function returned,
    std::optional<std::string> failure;  ///< or the message of what it threw; neither: the process just ended
    int status = 0;                      ///< as wait() tells it
  };

  /// Starts it. `longest_seconds`: it is ended after so long; 0: never. Throws HostResourceError where there is no
  /// process to be had.
  explicit Child(const std::function<std::string()>& run, unsigned longest_seconds = 0);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Ends the process where it is not done.
  ~Child();

  /// The end to wait at, with poll(): it can be read where the child has sent something or is done.
  [[nodiscard]] int end() const { return end_; }
  /// Reads what is there, or waits for it; the answer once the child is done.
  [[nodiscard]] std::optional<Answer> read();
  /// Waits until it is done.
  [[nodiscard]] Answer answer();

 private:
  void let_go();

  pid_t process_ = -1;
  int end_ = -1;
  std::string text_;
};

}  // namespace waferloom::core
