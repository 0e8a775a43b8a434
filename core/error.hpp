// SPDX-License-Identifier: Apache-2.0
// Errors that a user can cause or meet, each with the exit status that the command line promises.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace waferloom::core {

/// Exit statuses of the `waferloom` program (documented in docs/command-line.md).
enum class ExitStatus : int {
  done = 0,
  missed = 1,         ///< a validation missed its bound
  bad_input = 2,      ///< bad usage, configuration, trace or model; nothing was simulated
  stuck = 3,          ///< the simulated system deadlocked or ran past its limit
  host_resource = 4,  ///< the host ran out of disk or memory
  internal = 70,      ///< a bug of ours
  interrupted = 130,  ///< Ctrl-C (128 + SIGINT)
};

/// Base of every error that ends a run with a message for the user.
class Error : public std::runtime_error {
 public:
  Error(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

 private:
  ExitStatus status_;
};

/// What the user gave cannot be used. The message holds one line per problem.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(ExitStatus::bad_input, message) {}
};

/// The simulated hardware cannot make progress, or broke a rule of the hardware (an illegal route).
class SimulationError : public Error {
 public:
  explicit SimulationError(const std::string& message) : Error(ExitStatus::stuck, message) {}
};

/// Disk full, memory exhausted, file not writable midway.
class HostResourceError : public Error {
 public:
  explicit HostResourceError(const std::string& message) : Error(ExitStatus::host_resource, message) {}
};

/// The user ended the run, in a cycle of it.
class InterruptedError : public Error {
 public:
  explicit InterruptedError(std::uint64_t cycle)
      : Error(ExitStatus::interrupted, "interrupted in cycle " + std::to_string(cycle)) {}
};

}  // namespace waferloom::core
