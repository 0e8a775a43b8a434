// SPDX-License-Identifier: Apache-2.0
#include "study/explain/curve.hpp"

#include <cmath>

namespace waferloom::study {

namespace {

/// Neighbours are near where their changes are so many points of the step apart, or one factor is at most so many
/// times the other.
constexpr double kNearChange = 0.04;
constexpr double kNearFactor = 1.15;

}  // namespace

std::vector<double> next_factors(const CurvePoints& known, double factor) {
  std::vector<double> factors;
  std::pair<double, double> before{1, 0};
  for (const auto& each : known) {
    if (std::abs(each.second - before.second) > kNearChange && each.first > kNearFactor * before.first)
      factors.push_back((before.first + each.first) / 2);
    before = each;
  }
  const double last = factor * factor;
  if (before.first < last) factors.push_back(last);
  return factors;
}

}  // namespace waferloom::study
