// SPDX-License-Identifier: Apache-2.0
// Time at fidelity `burst`: whole parts of a clock cycle, fine enough for rates that are no whole number of
// cycles, and exact under translation.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/wavelet.hpp"

namespace waferloom::burst {

using Ticks = std::int64_t;

inline constexpr Ticks kTicksPerCycle = 1024;
inline constexpr Ticks kNever = std::numeric_limits<Ticks>::max();

[[nodiscard]] inline Ticks ticks(double cycles) {
  return static_cast<Ticks>(std::llround(cycles * static_cast<double>(kTicksPerCycle)));
}
/// The cycle in which a time lies.
[[nodiscard]] inline core::Cycle cycle_of(Ticks time) {
  return static_cast<core::Cycle>(time / kTicksPerCycle);
}

}  // namespace waferloom::burst
