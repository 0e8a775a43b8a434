// SPDX-License-Identifier: Apache-2.0
#include "core/clock.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/config/origin.hpp"

namespace waferloom::core {

namespace {

constexpr double kFemtosecondsPerSecond = 1e15;

}  // namespace

std::uint64_t clock_period_fs(double clock_hz) {
  const double femtoseconds = std::round(kFemtosecondsPerSecond / clock_hz);
  if (!(femtoseconds >= 1.0)) {
    throw config::KeyError({"pe.clock"}, fmt::format("expected at most 1e15 Hz, got {} Hz", clock_hz));
  }
  return static_cast<std::uint64_t>(femtoseconds);
}

}  // namespace waferloom::core
