// SPDX-License-Identifier: Apache-2.0
// Collectives on a row of a CS-2, FP32, 850 MHz: Luczynski et al., "Near-Optimal Wafer-Scale Reduce", HPDC 2024
// (arXiv 2404.15888). Their closed forms agree with silicon to less than 4 % on average (8 to 21 % for
// broadcast). B: wavelets of a vector, P: PEs, T_R: ramp latency.
#include "validation/collectives_suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "collectives/registry.hpp"
#include "wafer/wavelet/collective_run.hpp"

namespace waferloom::validation {

namespace {

constexpr double kRamp = 2;
constexpr const char* kCollectivesSource = "arXiv 2404.15888";

double broadcast_cycles(double b, double p) { return b + p + 2 * kRamp; }
double chain_cycles(double b, double p) { return b + (2 * kRamp + 2) * (p - 1); }
double tree_cycles(double b, double p) {
  const double rounds = std::log2(p);
  return std::max(b * rounds, b * p * rounds / (2 * (p - 1)) + p - 1) + (2 * kRamp + 1) * rounds;
}

double simulate(const char* kind, const char* algorithm, std::uint64_t wavelets, std::uint32_t pes) {
  wafer::Hardware hardware;  // a row of a WSE-2, its figures but for the size
  hardware.fabric.width = pes;
  hardware.fabric.height = 1;
  hardware.fabric.program = {0, 0, pes, 1};
  hardware.io.channels = 1;
  collectives::CollectiveParameters collective;
  collective.kind = kind;
  collective.algorithm = algorithm;
  collective.elements = wavelets;
  const collectives::Plan plan =
      collectives::plan_collective(collective, hardware.fabric.program, hardware.fabric.colors);
  const std::atomic<bool> stop = false;
  return static_cast<double>(wafer::run_plan(hardware, {}, hardware.fabric.program, plan, stop).cycles);
}

struct Algorithm {
  const char* name;
  const char* kind;
  const char* algorithm;
  double (*cycles)(double b, double p);
};

}  // namespace

std::vector<Case> collectives_cases() {
  std::vector<Case> cases;
  for (const Algorithm& a : {Algorithm{"broadcast", "broadcast", "flood", &broadcast_cycles},
                             Algorithm{"chain reduce", "reduce", "chain", &chain_cycles},
                             Algorithm{"tree reduce", "reduce", "tree", &tree_cycles}}) {
    const auto add = [&](std::uint64_t b, std::uint32_t p) {
      cases.push_back({fmt::format("{}, P = {}, B = {}", a.name, p, b),
                       std::ceil(a.cycles(static_cast<double>(b), p) - 0.5), "cycle", kCollectivesSource,
                       [a, b, p] { return simulate(a.kind, a.algorithm, b, p); }});
    };
    for (std::uint64_t b = 1; b <= 4096; b *= 4) add(b, 512);
    for (std::uint32_t p = 4; p <= 256; p *= 2) add(256, p);
  }
  return cases;
}

}  // namespace waferloom::validation
