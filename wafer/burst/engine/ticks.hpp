// SPDX-License-Identifier: Apache-2.0
// Time at fidelity `burst`: whole parts of a clock cycle, fine enough for rates that are no whole number of
// cycles, and exact under translation.
#pragma once

#include <cstdint>
#include <limits>

#include "core/error.hpp"
#include "core/wavelet.hpp"

namespace waferloom::burst {

using Ticks = std::int64_t;

inline constexpr Ticks kTicksPerCycle = 1024;
inline constexpr Ticks kNever = std::numeric_limits<Ticks>::max();

/// What takes longer than so many cycles cannot be simulated: sums of a few such times still fit.
inline constexpr double kMostCycles = 1125899906842624.0;  // 2^50

/// ticks() of what it does not reckon in few instructions.
[[nodiscard, gnu::noinline]] inline Ticks any_ticks(double cycles) {
  if (!(cycles <= kMostCycles)) {
    throw core::SimulationError("a step of the trace takes more cycles than can be simulated (2^50)");
  }
  const double exact = cycles * static_cast<double>(kTicksPerCycle);
  const auto whole = static_cast<Ticks>(exact);
  const double rest = exact - static_cast<double>(whole);
  return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
}
/// To the nearest, halves away from zero, as std::llround, which is a call. Throws core::SimulationError.
[[nodiscard]] inline Ticks ticks(double cycles) {
  constexpr double kHalf = 0.5;
  constexpr double kWholeHalves = 2251799813685248.0;  // 2^51
  const double exact = cycles * static_cast<double>(kTicksPerCycle);
  // Between these bounds the sum is exact, or as near to it as does not matter.
  return exact >= kHalf && exact < kWholeHalves ? static_cast<Ticks>(exact + kHalf) : any_ticks(cycles);
}
/// The same of whole cycles.
[[nodiscard]] inline Ticks ticks(std::uint64_t cycles) {
  if (cycles > static_cast<std::uint64_t>(kMostCycles)) return ticks(static_cast<double>(cycles));
  return static_cast<Ticks>(cycles) * kTicksPerCycle;
}
/// The cycle in which a time lies.
[[nodiscard]] inline core::Cycle cycle_of(Ticks time) {
  return static_cast<core::Cycle>(time / kTicksPerCycle);
}

}  // namespace waferloom::burst
