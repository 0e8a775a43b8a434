// SPDX-License-Identifier: Apache-2.0
// The router model `xy` against BookSim2 (input-queued router; mean of 3 seeds, samples of 10,000 cycles after
// 3 of warm-up) on an 8 x 8 mesh: 1 virtual channel of 8 flits, dimension-order routing with lookahead, iSLIP
// with 1 iteration, VC allocation, switch allocation, switch traversal and link 1 cycle each.
//
// Held: latency within 5 % below 80 % of the saturation, accepted throughput at load 1 within 5 %. Beyond 80 %
// latencies are printed only: there they depend on how long one waits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "tests/support/traffic.hpp"

namespace waferloom {
namespace {

constexpr double kUnstable = std::numeric_limits<double>::infinity();
constexpr double kTolerance = 0.05;

struct Point {
  double load;
  double latency;  ///< cycles, or kUnstable
};

struct Reference {
  const char* name;
  const char* pattern;
  std::uint32_t packet_flits;
  bool speculative;
  std::vector<Point> points;
  double accepted;  ///< at load 1.0
};

const std::vector<Reference>& references() {
  static const std::vector<Reference> all{{"uniform_1",
                                           "uniform",
                                           1,
                                           false,
                                           {{0.001, 27.11},
                                            {0.01, 27.08},
                                            {0.02, 27.21},
                                            {0.05, 27.57},
                                            {0.1, 28.81},
                                            {0.15, 32.01},
                                            {0.16, 33.42},
                                            {0.17, 35.45},
                                            {0.18, 39.21},
                                            {0.19, 63.66},
                                            {0.2, kUnstable}},
                                           0.1919},
                                          {"uniform_1_speculative",
                                           "uniform",
                                           1,
                                           true,
                                           {{0.001, 20.82},
                                            {0.01, 20.76},
                                            {0.02, 20.80},
                                            {0.05, 20.85},
                                            {0.1, 21.02},
                                            {0.15, 21.22},
                                            {0.2, 21.56},
                                            {0.25, 22.08},
                                            {0.3, 23.02},
                                            {0.35, 25.77},
                                            {0.36, 27.53},
                                            {0.37, 36.14},
                                            {0.38, 684.12},
                                            {0.39, kUnstable},
                                            {0.4, kUnstable}},
                                           0.3753},
                                          {"uniform_8",
                                           "uniform",
                                           8,
                                           false,
                                           {{0.001, 34.29},
                                            {0.01, 34.30},
                                            {0.02, 34.24},
                                            {0.05, 35.46},
                                            {0.1, 37.40},
                                            {0.15, 40.77},
                                            {0.2, 47.87},
                                            {0.25, 147.06},
                                            {0.26, 749.54},
                                            {0.27, kUnstable},
                                            {0.3, kUnstable}},
                                           0.2623},
                                          {"uniform_8_speculative",
                                           "uniform",
                                           8,
                                           true,
                                           {{0.001, 27.97},
                                            {0.01, 27.98},
                                            {0.02, 27.94},
                                            {0.05, 28.89},
                                            {0.1, 30.37},
                                            {0.15, 32.52},
                                            {0.2, 36.20},
                                            {0.25, 45.98},
                                            {0.26, 51.22},
                                            {0.27, 60.26},
                                            {0.28, 86.25},
                                            {0.29, 346.22},
                                            {0.3, kUnstable}},
                                           0.2977},
                                          {"transpose_1",
                                           "transpose",
                                           1,
                                           false,
                                           {{0.001, 27.03},
                                            {0.01, 27.17},
                                            {0.02, 27.32},
                                            {0.05, 28.05},
                                            {0.06, 29.05},
                                            {0.07, 37.04},
                                            {0.08, kUnstable},
                                            {0.1, kUnstable}},
                                           0.1719},
                                          {"transpose_1_speculative",
                                           "transpose",
                                           1,
                                           true,
                                           {{0.001, 20.77},
                                            {0.01, 20.83},
                                            {0.02, 20.87},
                                            {0.05, 20.89},
                                            {0.1, 21.22},
                                            {0.11, 21.39},
                                            {0.12, 21.66},
                                            {0.13, 22.28},
                                            {0.14, 26.04},
                                            {0.15, 905.45},
                                            {0.16, kUnstable},
                                            {0.2, kUnstable}},
                                           0.3438},
                                          {"transpose_8",
                                           "transpose",
                                           8,
                                           false,
                                           {{0.001, 34.04},
                                            {0.01, 34.03},
                                            {0.02, 34.33},
                                            {0.05, 35.68},
                                            {0.1, 41.54},
                                            {0.11, 44.41},
                                            {0.12, 59.34},
                                            {0.13, 467.79},
                                            {0.14, kUnstable},
                                            {0.15, kUnstable}},
                                           0.3056},
                                          {"transpose_8_speculative",
                                           "transpose",
                                           8,
                                           true,
                                           {{0.001, 27.75},
                                            {0.01, 27.77},
                                            {0.02, 28.00},
                                            {0.05, 29.02},
                                            {0.1, 32.14},
                                            {0.11, 33.47},
                                            {0.12, 35.83},
                                            {0.13, 41.81},
                                            {0.14, 79.80},
                                            {0.15, 863.84},
                                            {0.16, kUnstable},
                                            {0.2, kUnstable}},
                                           0.3430}};
  return all;
}

class Noc : public testing::TestWithParam<Reference> {};

TEST_P(Noc, LatenciesAndThroughputAreThoseOfTheReference) {
  const Reference& reference = GetParam();
  noc::XyParameters xy;
  xy.speculative = reference.speculative;
  test::TestMesh mesh(test::xy_mesh(8, 8, xy));
  noc::TrafficParameters traffic;
  traffic.pattern = reference.pattern;
  traffic.packet_flits = reference.packet_flits;
  constexpr int kSeeds = 3;
  const auto mean = [&](double load, auto quantity) {
    traffic.load = load;
    double sum = 0;
    for (int seed = 1; seed <= kSeeds; ++seed) {
      mesh.runner().set_seed(static_cast<std::uint64_t>(seed));
      sum += quantity(mesh.run(traffic));
    }
    return sum / kSeeds;
  };
  const auto report = [&](double load, const char* what, double expected, double got, bool held) {
    const double error = got / expected - 1;
    std::printf("%-24s %6.3f  %-8s %8.4g  %8.4g  %+6.1f %%%s\n", reference.name, load, what, expected, got,
                100 * error, held ? "" : "  (not held)");
    if (held) {
      EXPECT_LE(std::abs(error), kTolerance) << what << " at load " << load;
    }
  };
  // A packet of n flits holds an output for n + 1 cycles without speculation, for n with it: where the busiest
  // link of the transpose, which 7 flows share, has no cycle left.
  double saturation = reference.accepted;
  if (std::string(reference.pattern) == "transpose") {
    const double flits = reference.packet_flits;
    saturation = (reference.speculative ? 1.0 : flits / (flits + 1)) / 7;
  }
  for (const Point& point : reference.points) {
    if (point.latency == kUnstable) {
      const double unstable = mean(point.load, [](const auto& r) { return r.unstable ? 1.0 : 0.0; });
      std::printf("%-24s %6.3f  unstable in %.0f of %d runs\n", reference.name, point.load, unstable * kSeeds,
                  kSeeds);
      continue;
    }
    report(point.load, "latency", point.latency,
           mean(point.load, [](const auto& r) { return r.latency_mean; }), point.load < 0.8 * saturation);
  }
  report(1.0, "accepted", reference.accepted, mean(1.0, [](const auto& r) { return r.accepted; }), true);
}

INSTANTIATE_TEST_SUITE_P(BookSim2, Noc, testing::ValuesIn(references()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace waferloom
