// SPDX-License-Identifier: Apache-2.0
// Validation suites: published or independently computed figures, each with its source, beside what the
// simulator says. Published figures of runs that a scenario can state are data (validation/figures.hpp); what needs a
// bench of its own, or compares two fidelities, is code here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace waferloom::validation {

/// What stands behind a figure, the surest first.
enum class Evidence : std::uint8_t {
  silicon,    ///< measured on the machine
  simulator,  ///< of the vendor's cycle simulator
  document,   ///< stated by the vendor
  form,       ///< a closed form published with measurements
  reference,  ///< of another public simulator
  own         ///< this simulator at another fidelity
};
struct EvidenceName {
  std::string_view name;
  Evidence value;
};
inline constexpr std::array kEvidences{
    EvidenceName{"silicon", Evidence::silicon},     EvidenceName{"simulator", Evidence::simulator},
    EvidenceName{"document", Evidence::document},   EvidenceName{"form", Evidence::form},
    EvidenceName{"reference", Evidence::reference}, EvidenceName{"own", Evidence::own}};
[[nodiscard]] std::string_view name_of(Evidence evidence);

/// For suites and figures whose errors are stated and not bounded.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// How far a figure is to be believed and met.
struct Claim {
  std::string machine = {};  ///< preset
  Evidence evidence = Evidence::own;
  double tolerance = kUnbounded;  ///< most that the error's magnitude may be, as a share
  std::string because = {};       ///< why that much
  std::string miss = {};          ///< the mechanism behind an error beyond it; empty: there is to be none
  std::string open = {};          ///< why nothing is run beside the figure; empty: something is
};

struct Case {
  std::string name = {};
  double expected = 0;
  std::string unit = {};
  std::string source = {};
  std::function<double()> simulate = nullptr;  ///< elaborates SystemC: called in a process of its own
  /// Where given, what is expected: another simulation, likewise in a process of its own.
  std::function<double()> reference = nullptr;
  Claim claim = {};
};

struct Suite {
  std::string name = {};
  std::string description = {};
  double median_bound = 0;  ///< most that the median of the cases' errors may be, as a share
  double worst_bound = 0;   ///< most that any case's error may be
  std::function<std::vector<Case>()> cases = nullptr;
  /// Takes minutes: run where it is asked for by name.
  bool on_request = false;
};

/// All suites, by name. Adding one is a file in validation/data, or a new source and its line in suite.cpp.
[[nodiscard]] std::vector<Suite> suites();

struct Outcome {
  std::string name;
  double expected = 0;
  double simulated = 0;
  std::string unit;
  std::string source;
  Claim claim;
  std::string failure;                 ///< why there is no simulated value; empty: there is one
  [[nodiscard]] double error() const;  ///< signed, as a share of what is expected
  /// Nothing is run beside it.
  [[nodiscard]] bool is_open() const { return !claim.open.empty(); }
  /// Within its tolerance.
  [[nodiscard]] bool is_met() const;
  /// Within it, or beyond with the mechanism named.
  [[nodiscard]] bool is_accounted_for() const { return is_met() || (failure.empty() && !claim.miss.empty()); }
};

struct Report {
  std::vector<Outcome> outcomes;
  double median_error = 0;  ///< of the magnitudes
  double worst_error = 0;
  std::size_t missed = 0;     ///< figures beyond their tolerance
  std::size_t explained = 0;  ///< of these, those whose mechanism is named
  std::size_t open = 0;       ///< figures beside which nothing is run
  bool passed = false;
};

/// Which cases of a suite to run; empty: all.
struct Choice {
  std::string machine;
  std::string evidence;
  std::string name;  ///< what a case's name has in it
  [[nodiscard]] bool takes(const Case& each) const {
    return (machine.empty() || each.claim.machine == machine) &&
           (evidence.empty() || name_of(each.claim.evidence) == evidence) &&
           each.name.find(name) != std::string::npos;
  }
};

/// Runs the cases that `choice` takes, one process each, and calls `done` after each. A suite's bound of the median holds
/// for all of it: it is not judged of a part.
[[nodiscard]] Report run_suite(const Suite& suite, const Choice& choice,
                               const std::function<void(const Outcome&)>& done);

}  // namespace waferloom::validation
