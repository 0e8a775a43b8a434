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
#include <vector>

#include "tests/support/traffic.hpp"
#include "validation/booksim.hpp"

namespace waferloom {
namespace {

constexpr double kTolerance = 0.05;

class Noc : public testing::TestWithParam<validation::BooksimNetwork> {};

TEST_P(Noc, LatenciesAndThroughputAreThoseOfTheReference) {
  const validation::BooksimNetwork& reference = GetParam();
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
  const double saturation = reference.saturation();
  for (const validation::BooksimPoint& point : reference.points) {
    if (point.latency_cycles == validation::kUnstable) {
      const double unstable = mean(point.load, [](const auto& r) { return r.unstable ? 1.0 : 0.0; });
      std::printf("%-24s %6.3f  unstable in %.0f of %d runs\n", reference.name, point.load, unstable * kSeeds,
                  kSeeds);
      continue;
    }
    report(point.load, "latency", point.latency_cycles,
           mean(point.load, [](const auto& r) { return r.latency_mean; }),
           point.load < validation::kComparableShare * saturation);
  }
  report(1.0, "accepted", reference.accepted, mean(1.0, [](const auto& r) { return r.accepted; }), true);
}

INSTANTIATE_TEST_SUITE_P(BookSim2, Noc, testing::ValuesIn(validation::booksim_networks()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace waferloom
