// SPDX-License-Identifier: Apache-2.0
// How much of a resource buys how much: at which further factors a resource, or a pair, has to be measured for what it
// buys to be known at all factors between once and the square of the factor that was asked for.
//
// More of a resource makes no step slower, so that between two factors that were measured the change lies between
// theirs. A factor is added between two whose changes are far apart, until they are near, or the factors are, or what was
// measured halfway between two lies on the line between them, linear in 1 / factor. Rates of a
// PE are whole bytes and elements a cycle, and a vector operation takes whole cycles per element: many curves are stairs,
// of which no rule made from once, twice and half can know where the next step is.
#pragma once

#include <utility>
#include <vector>

namespace waferloom::study {

/// What buys less at the factor that was asked for needs no curve: all that lies between is known as well.
inline constexpr double kCurveGain = 0.03;

/// Measured factors with their changes.
using CurvePoints = std::vector<std::pair<double, double>>;

/// Factors to measure next. `known`: ascending, at least one above 1; once, which changes nothing, is not among them.
[[nodiscard]] std::vector<double> next_factors(const CurvePoints& known, double factor);

}  // namespace waferloom::study
