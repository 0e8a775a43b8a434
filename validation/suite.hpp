// SPDX-License-Identifier: Apache-2.0
// Validation suites: published or independently computed figures, each with its source, beside what the
// simulator says. The only place in the program where such figures and closed forms stand.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::validation {

struct Case {
  std::string name;
  double expected = 0;
  std::string unit;
  std::string source;
  std::function<double()> simulate;  ///< elaborates SystemC: called in a process of its own
  /// Where given, what is expected: another simulation, likewise in a process of its own.
  std::function<double()> reference = nullptr;
};

struct Suite {
  std::string_view name;
  std::string_view description;
  double median_bound = 0;  ///< most that the median of the cases' errors may be, as a share
  double worst_bound = 0;   ///< most that any case's error may be
  std::vector<Case> (*cases)();
  /// Takes minutes: run where it is asked for by name.
  bool on_request = false;
};

/// For suites whose errors are stated and not bounded.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// All suites; adding one is a new file and its line in suite.cpp.
[[nodiscard]] std::span<const Suite> suites();
/// Throws core::InputError that lists what is known.
[[nodiscard]] const Suite& find_suite(std::string_view name);

struct Outcome {
  std::string name;
  double expected = 0;
  double simulated = 0;
  std::string unit;
  std::string source;
  std::string failure;                 ///< why there is no simulated value; empty: there is one
  [[nodiscard]] double error() const;  ///< signed, as a share of what is expected
};

struct Report {
  std::vector<Outcome> outcomes;
  double median_error = 0;  ///< of the magnitudes
  double worst_error = 0;
  bool passed = false;
};

/// Runs a suite's cases, one process each, and calls `done` after each.
[[nodiscard]] Report run_suite(const Suite& suite, const std::function<void(const Outcome&)>& done);

}  // namespace waferloom::validation
