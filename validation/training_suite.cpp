// SPDX-License-Identifier: Apache-2.0
// Measured samples per second of weight-streaming training on one CS-2 beside what fidelity `burst` predicts.
// Batch and sequence are those of the measurement; lanes, micro-batch and what is done with activations are chosen by
// simulation, as the vendor's compiler chooses them by trying. Constants that are free are set once in the preset: the
// mixed-precision rate and what loading a layer's kernels takes. What the model of the mapping (docs/
// weight-streaming.md) does not know of the vendor's kernels shows here.
//
// Sources: Zhang et al., arXiv 2409.00287v2, Table V; public logs of a training series (GPT-2 small). Rates of two
// systems are halved: weak scaling is linear within 9 % (GPT-J).
#include "validation/training_suite.hpp"

#include <atomic>
#include <string>

#include "wafer/burst/choose.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::validation {

namespace {

struct Measurement {
  const char* model;
  std::uint64_t batch;
  double samples_per_s;
  const char* source;
};

constexpr Measurement kMeasurements[] = {
    {"gpt2-small", 112, 506, "public training logs, 494 to 519"},
    {"cerebras-gpt-256m", 128, 373, "arXiv 2409.00287 Table V"},
    {"cerebras-gpt-2.7b", 128, 46.6, "arXiv 2409.00287 Table V"},
    {"cerebras-gpt-6.7b", 128, 22.67, "arXiv 2409.00287 Table V"},
    {"gpt-j-6b", 60, 43.67 / 2, "public user guide, 2 x CS-2, release 2.0.3"},
};

/// Samples per second with the lanes and the micro-batch that simulate fastest.
double predicted(const Measurement& measurement) {
  wafer::Scenario scenario = wafer::load_scenario(wafer::find_scenario("smoke"),
                                                  {"hardware=wse2", "fidelity=burst", "workload.auto=all",
                                                   std::string("workload.model=") + measurement.model,
                                                   "workload.batch=" + std::to_string(measurement.batch)});
  burst::Simulator simulator("wafer");
  const std::atomic<bool> stop = false;
  const burst::Choice choice = burst::choose(simulator, scenario, stop, nullptr);
  return static_cast<double>(measurement.batch) * scenario.hardware.pe.clock_hz /
         static_cast<double>(choice.candidates[choice.taken].cycles);
}

}  // namespace

std::vector<Case> training_cases() {
  std::vector<Case> cases;
  for (const Measurement& measurement : kMeasurements) {
    cases.push_back({std::string(measurement.model) + ", batch " + std::to_string(measurement.batch),
                     measurement.samples_per_s, "1/s", measurement.source,
                     [measurement] { return predicted(measurement); }});
  }
  return cases;
}

}  // namespace waferloom::validation
