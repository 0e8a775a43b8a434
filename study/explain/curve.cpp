// SPDX-License-Identifier: Apache-2.0
#include "study/explain/curve.hpp"

#include <cmath>

namespace waferloom::study {

namespace {

/// Neighbours are near where their changes are so many points of the step apart, or one factor is at most so many
/// times the other.
constexpr double kNearChange = 0.04;
constexpr double kNearFactor = 1.15;
/// A measurement lies on the line between its neighbours where it is so many points off.
constexpr double kOnTheLine = 0.01;

using Point = CurvePoints::value_type;

/// Whether `middle`, measured halfway between two others, is what these told: then they tell the rest of it as well.
bool told(const Point& before, const Point& middle, const Point& after) {
  if (2 * middle.first != before.first + after.first) return false;
  const double part = (1 / before.first - 1 / middle.first) / (1 / before.first - 1 / after.first);
  const double line = before.second + part * (after.second - before.second);
  return std::abs(middle.second - line) <= kOnTheLine;
}

}  // namespace

std::vector<double> next_factors(const CurvePoints& known, double factor) {
  std::vector<double> factors;
  CurvePoints points{{1, 0}};
  points.insert(points.end(), known.begin(), known.end());
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point& before = points[i - 1];
    const Point& after = points[i];
    if (std::abs(after.second - before.second) <= kNearChange || after.first <= kNearFactor * before.first)
      continue;
    if (i > 1 && told(points[i - 2], before, after)) continue;
    if (i + 1 < points.size() && told(before, after, points[i + 1])) continue;
    factors.push_back((before.first + after.first) / 2);
  }
  const double last = factor * factor;
  if (points.back().first < last) factors.push_back(last);
  return factors;
}

}  // namespace waferloom::study
