// SPDX-License-Identifier: Apache-2.0
// Whether the headline models' steps depend on the grid and the blocks that fidelity `burst` simulates them in:
// simulated is the time with the defaults, expected the time with twice as many columns (and with them blocks) or rows, or
// with half as many blocks. Small differences say that a finer grid would give the same, not that the time is right: for
// that there is `fidelity`.
#include "validation/convergence_suite.hpp"

#include <algorithm>
#include <atomic>
#include <string>

#include "wafer/burst/fold.hpp"
#include "wafer/scenario/lowering.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::validation {

namespace {

double step_cycles(const std::string& name, void (*refine)(wafer::Scenario&)) {
  wafer::Scenario scenario = wafer::load_scenario(wafer::find_scenario(name), {});
  if (refine != nullptr) refine(scenario);
  const wafer::LoadedTrace loaded = wafer::load_trace(scenario);
  core::Rectangle program = wafer::program_rectangle(scenario);
  program.width = loaded.header.columns;
  program.height = loaded.header.rows;
  burst::Simulator simulator("wafer");
  const std::atomic<bool> stop = false;
  return static_cast<double>(burst::step_cycles(simulator, scenario, {loaded, program}, stop, nullptr));
}

struct Refinement {
  const char* name;
  void (*refine)(wafer::Scenario&);
};

constexpr Refinement kRefinements[] = {
    {"twice the columns",
     [](wafer::Scenario& scenario) {
       // Lanes have at least so many columns each (wafer/burst/engine/coarse_trace.cpp).
       scenario.burst.tiles = 2 * std::max(scenario.burst.tiles, 4 * scenario.workload.lanes);
     }},
    {"twice the rows", [](wafer::Scenario& scenario) { scenario.burst.rows *= 2; }},
    // More blocks for a column of the grid are no finer (wafer/burst/engine/coarse_trace.cpp).
    {"half the blocks", [](wafer::Scenario& scenario) { scenario.burst.blocks /= 2; }},
};

}  // namespace

std::vector<Case> convergence_cases() {
  std::vector<Case> cases;
  for (const char* scenario : {"gpt3-xl", "gpt-j-6b", "gpt3-13b", "gpt-neox-20b", "gpt2-small-pipelined"}) {
    for (const Refinement& each : kRefinements) {
      cases.push_back({std::string(scenario) + ", " + each.name, 0, "cycle", "fidelity burst, finer",
                       [=] { return step_cycles(scenario, nullptr); },
                       [=, refine = each.refine] { return step_cycles(scenario, refine); }});
    }
  }
  return cases;
}

}  // namespace waferloom::validation
