// SPDX-License-Identifier: Apache-2.0
// How some work has failed, as the user is told it.
#pragma once

#include <exception>
#include <string>

#include "core/error.hpp"

namespace waferloom::core {

struct Failure {
  ExitStatus status = ExitStatus::internal;
  std::string message;
};

/// What an exception is for the user.
[[nodiscard]] Failure failure_of(const std::exception_ptr& error);

}  // namespace waferloom::core
