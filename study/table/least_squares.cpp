// SPDX-License-Identifier: Apache-2.0
#include "study/table/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace waferloom::study {

void LeastSquares::add(const std::vector<double>& x, double y) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    for (std::size_t j = 0; j < rows_.size(); ++j) rows_[i][j] += x[i] * x[j];
    rows_[i].back() += x[i] * y;
  }
  ++observations_;
}

std::vector<double> LeastSquares::solve() const {
  constexpr double kSingular = 1e-10;  // of the diagonal: less is rounding
  const std::size_t size = rows_.size();
  if (observations_ <= size) return {};
  std::vector<std::vector<double>> rows = rows_;
  for (std::size_t k = 0; k < size; ++k) {
    const auto pivot =
        std::max_element(rows.begin() + static_cast<std::ptrdiff_t>(k), rows.end(),
                         [k](const auto& a, const auto& b) { return std::abs(a[k]) < std::abs(b[k]); });
    if (std::abs((*pivot)[k]) <= kSingular * rows_[k][k]) return {};
    std::swap(rows[k], *pivot);
    for (std::size_t i = 0; i < size; ++i) {
      if (i == k) continue;
      const double factor = rows[i][k] / rows[k][k];
      for (std::size_t j = k; j <= size; ++j) rows[i][j] -= factor * rows[k][j];
    }
  }
  std::vector<double> unknowns;
  for (std::size_t k = 0; k < size; ++k) unknowns.push_back(rows[k].back() / rows[k][k]);
  return unknowns;
}

}  // namespace waferloom::study
