// SPDX-License-Identifier: Apache-2.0
// Ordinary least squares of a few unknowns. (Boost's uBLAS of the distribution cannot be compiled as C++20.)
#pragma once

#include <vector>

namespace waferloom::study {

/// Adds up observations and solves the normal equations.
class LeastSquares {
 public:
  explicit LeastSquares(std::size_t unknowns) : rows_(unknowns, std::vector<double>(unknowns + 1)) {}

  /// `x` holds one value per unknown.
  void add(const std::vector<double>& x, double y);
  /// The unknowns; empty where there are too few observations or they do not tell the unknowns apart.
  [[nodiscard]] std::vector<double> solve() const;

 private:
  std::vector<std::vector<double>> rows_;  ///< normal equations, the right side last
  std::size_t observations_ = 0;
};

}  // namespace waferloom::study
