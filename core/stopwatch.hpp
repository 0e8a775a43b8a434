// SPDX-License-Identifier: Apache-2.0
// The host's time since a moment: how long a simulation takes, never what it simulates.
#pragma once

#include <chrono>

namespace waferloom::core {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  /// The time so far; it begins anew.
  double lap() {
    const double so_far = seconds();
    begin_ = std::chrono::steady_clock::now();
    return so_far;
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace waferloom::core
