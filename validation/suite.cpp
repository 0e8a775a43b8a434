// SPDX-License-Identifier: Apache-2.0
#include "validation/suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/registry.hpp"
#include "validation/collectives_suite.hpp"
#include "validation/convergence_suite.hpp"
#include "validation/fidelity_suite.hpp"
#include "validation/forked.hpp"
#include "validation/noc_suite.hpp"
#include "validation/pe_suite.hpp"
#include "validation/training_suite.hpp"

namespace waferloom::validation {

namespace {

const std::array kSuites{
    Suite{"collectives", "broadcast, chain and tree on a row of a CS-2", 0.02, 0.06, &collectives_cases},
    Suite{"convergence", "burst against burst on a finer grid and in more blocks (minutes)", 0.005, 0.005,
          &convergence_cases, true},
    Suite{"fidelity", "burst against wavelet, whole runs and primitives on small rectangles", 0.03, 0.10,
          &fidelity_cases},
    Suite{"fidelity_large", "burst against wavelet on larger rectangles (minutes)", 0.03, 0.10,
          &large_fidelity_cases, true},
    Suite{"fidelity_wide", "burst against wavelet on 188 and 750 columns (half an hour)", 0.03, 0.03,
          &wide_fidelity_cases, true},
    Suite{"noc", "latency and throughput of meshes with router xy", 0.05, 0.05, &noc_cases},
    Suite{"pe", "microbenchmarks of a processing element", 0, 0, &pe_cases},
    Suite{"training",
          "measured training throughput of a CS-2; errors are stated, constants are set once for all models",
          kUnbounded, kUnbounded, &training_cases, true},
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

std::span<const Suite> suites() { return kSuites; }

const Suite& find_suite(std::string_view name) { return core::require_named(suites(), name, "--suite"); }

double Outcome::error() const { return expected == 0 ? simulated : (simulated - expected) / expected; }

Report run_suite(const Suite& suite, const std::function<void(const Outcome&)>& done) {
  Report report;
  std::vector<double> errors;
  bool complete = true;
  for (const Case& c : suite.cases()) {
    Outcome outcome{c.name, c.expected, 0, c.unit, c.source, {}};
    if (c.reference) outcome.failure = run_forked(c.reference, outcome.expected);
    if (outcome.failure.empty()) outcome.failure = run_forked(c.simulate, outcome.simulated);
    if (outcome.failure.empty()) {
      errors.push_back(std::abs(outcome.error()));
    } else {
      complete = false;
    }
    if (done) done(outcome);
    report.outcomes.push_back(std::move(outcome));
  }
  report.median_error = median(errors);
  report.worst_error = errors.empty() ? 0 : *std::max_element(errors.begin(), errors.end());
  report.passed =
      complete && report.median_error <= suite.median_bound && report.worst_error <= suite.worst_bound;
  return report;
}

}  // namespace waferloom::validation
