// SPDX-License-Identifier: Apache-2.0
// The message of a replay that cannot go on: how far it is and what its parts wait for. The lines are the same at both
// fidelities.
#pragma once

#include <string>

#include "core/wavelet.hpp"
#include "wafer/program/replay/replay.hpp"

namespace waferloom::wafer {

/// That nothing can go on: when, and how much is done.
[[nodiscard]] std::string describe_deadlock(const Replay& replay, core::Cycle cycle);

/// What parts wait for, a dozen or so of them under `title`; empty where none do.
[[nodiscard]] std::string describe_waiting(const Replay& replay, const char* title);

}  // namespace waferloom::wafer
