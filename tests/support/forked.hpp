// SPDX-License-Identifier: Apache-2.0
// Runs a simulation in a child process, as SystemC elaborates once per process.
#pragma once

#include <functional>
#include <string>

#include "core/process/child.hpp"

namespace waferloom::test {

/// A run without end is a failure, not a test that hangs; most take milliseconds.
inline constexpr unsigned kLongestRunSeconds = 60;

/// What `run` returns, or "error: MESSAGE". What becomes another program and ends well returns nothing.
inline std::string in_child(const std::function<std::string()>& run) {
  core::Child child(run, kLongestRunSeconds);
  const core::Child::Answer answer = child.answer();
  if (answer.value) return *answer.value;
  if (answer.failure) return "error: " + *answer.failure;
  return answer.status == 0 ? "" : "error: the child ended with " + std::to_string(answer.status);
}

}  // namespace waferloom::test
