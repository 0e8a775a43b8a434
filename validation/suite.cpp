// SPDX-License-Identifier: Apache-2.0
#include "validation/suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "validation/convergence_suite.hpp"
#include "validation/fidelity_suite.hpp"
#include "validation/figures.hpp"
#include "validation/forked.hpp"
#include "validation/noc_suite.hpp"
#include "validation/pe_suite.hpp"

namespace waferloom::validation {

namespace {

/// Those that need code.
std::vector<Suite> coded_suites() {
  return {
      {"convergence", "burst against burst on a finer grid and in more blocks (minutes)", 0.005, 0.005,
       &convergence_cases, true},
      {"fidelity", "burst against wavelet, whole runs and primitives on small rectangles", 0.03, 0.10,
       &fidelity_cases, false},
      {"fidelity_large", "burst against wavelet on larger rectangles (minutes)", 0.03, 0.10,
       &large_fidelity_cases, true},
      {"fidelity_wide", "burst against wavelet on 128 to 750 columns (three hours)", 0.03, 0.03,
       &wide_fidelity_cases, true},
      {"noc", "latency and throughput of meshes with router xy", 0.05, 0.05, &noc_cases, false},
      {"pe", "microbenchmarks of a processing element", 0, 0, &pe_cases, false},
  };
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

std::vector<Suite> suites() {
  std::vector<Suite> all = coded_suites();
  std::vector<Suite> data = figure_suites();
  std::move(data.begin(), data.end(), std::back_inserter(all));
  std::sort(all.begin(), all.end(), [](const Suite& a, const Suite& b) { return a.name < b.name; });
  return all;
}

std::string_view name_of(Evidence evidence) {
  for (const EvidenceName& each : kEvidences) {
    if (each.value == evidence) return each.name;
  }
  return "";
}

double Outcome::error() const { return expected == 0 ? simulated : (simulated - expected) / expected; }

bool Outcome::is_met() const {
  constexpr double kRounding = 1e-9;  // of a tolerance that was written in the figure's unit
  return !is_open() && failure.empty() && std::abs(error()) <= claim.tolerance * (1 + kRounding);
}

Report run_suite(const Suite& suite, const Choice& choice, const std::function<void(const Outcome&)>& done) {
  Report report;
  std::vector<double> errors;
  bool complete = true;
  bool whole = true;
  for (const Case& c : suite.cases()) {
    if (!choice.takes(c)) {
      whole = false;
      continue;
    }
    Outcome outcome{c.name, c.expected, 0, c.unit, c.source, c.claim, {}};
    if (outcome.is_open()) {
      ++report.open;
      if (done) done(outcome);
      report.outcomes.push_back(std::move(outcome));
      continue;
    }
    if (c.reference) outcome.failure = run_forked(c.reference, outcome.expected);
    if (outcome.failure.empty()) outcome.failure = run_forked(c.simulate, outcome.simulated);
    if (outcome.failure.empty()) {
      errors.push_back(std::abs(outcome.error()));
    } else {
      complete = false;
    }
    if (outcome.failure.empty() && !outcome.is_met()) {
      ++report.missed;
      if (outcome.is_accounted_for()) ++report.explained;
    }
    if (done) done(outcome);
    report.outcomes.push_back(std::move(outcome));
  }
  report.median_error = median(errors);
  report.worst_error = errors.empty() ? 0 : *std::max_element(errors.begin(), errors.end());
  const bool bounds_kept =
      (!whole || report.median_error <= suite.median_bound) && report.worst_error <= suite.worst_bound;
  report.passed = complete && bounds_kept && report.missed == report.explained;
  return report;
}

}  // namespace waferloom::validation
