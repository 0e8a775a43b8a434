// SPDX-License-Identifier: Apache-2.0
// SystemC elaborates once per process: a simulation among several runs in a child process.
#pragma once

#include <functional>
#include <string>

namespace waferloom::validation {

/// Sets `value` to what `simulate` returns in a child process. Returns why there is none, or an empty text.
[[nodiscard]] std::string run_forked(const std::function<double()>& simulate, double& value);

}  // namespace waferloom::validation
