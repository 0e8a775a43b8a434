// SPDX-License-Identifier: Apache-2.0
// Measures the router model xy: flit hops per second under synthetic traffic, and what elaboration costs.
// One measurement per process, as SystemC elaborates once.
//
//   noc_bench [--mesh N] [--pattern NAME] [--load L] [--packet FLITS] [--vcs N] [--speculative 0|1]
//             [--cycles N] [--region N]
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <systemc>

#include "core/stopwatch.hpp"
#include "noc/traffic_run.hpp"
#include "noc/xy_router_array.hpp"

namespace {

using namespace waferloom;

struct Options {
  noc::NetworkParameters network;
  noc::TrafficParameters traffic;
  core::SimulationParameters simulation;
};

Options parse(int argc, char** argv) {
  Options options;
  options.network.mesh.router = "xy";
  options.network.mesh.width = options.network.mesh.height = 32;
  options.network.routers.of<noc::XyParameters>().speculative = true;
  options.simulation.region_width = options.simulation.region_height = 64;
  options.traffic.warmup_cycles = 1000;
  options.traffic.sample_cycles = 3000;
  options.traffic.samples = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const std::string value = argv[i + 1];
    const auto number = [&] { return static_cast<std::uint32_t>(std::stoul(value)); };
    if (key == "--mesh") {
      options.network.mesh.width = options.network.mesh.height = number();
    } else if (key == "--pattern") {
      options.traffic.pattern = value;
    } else if (key == "--load") {
      options.traffic.load = std::stod(value);
    } else if (key == "--packet") {
      options.traffic.packet_flits = number();
    } else if (key == "--vcs") {
      options.network.routers.of<noc::XyParameters>().virtual_channels = number();
    } else if (key == "--speculative") {
      options.network.routers.of<noc::XyParameters>().speculative = number() != 0;
    } else if (key == "--cycles") {
      options.traffic.sample_cycles = number();
    } else if (key == "--region") {
      options.simulation.region_width = options.simulation.region_height = number();
    } else {
      std::fprintf(stderr, "unknown option %s\n", key.c_str());
      std::exit(2);
    }
  }
  return options;
}

/// Of the processor: other work on the machine does not count.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int sc_main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const core::Stopwatch start;
  noc::TrafficRunner runner(options.network, 850e6, options.simulation, options.traffic, 1);
  const double elaboration_s = start.seconds();
  const std::atomic<bool> stop = false;
  const double before_s = cpu_seconds();
  const noc::TrafficResult result = runner.run(options.traffic, stop);
  const double run_s = cpu_seconds() - before_s;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto hops = static_cast<double>(result.hops);
  std::printf(
      "xy %ux%u %s load %g, %u flits, %u VC%s: elaboration %.2f s, peak %.0f MB, %.1f M hops in %.2f s = "
      "%.1f M "
      "hops/s (latency %.1f%s)\n",
      options.network.mesh.width, options.network.mesh.height, options.traffic.pattern.c_str(),
      options.traffic.load, options.traffic.packet_flits,
      options.network.routers.of<noc::XyParameters>().virtual_channels,
      options.network.routers.of<noc::XyParameters>().speculative ? ", speculative" : "", elaboration_s,
      static_cast<double>(usage.ru_maxrss) / 1024.0, hops / 1e6, run_s, hops / 1e6 / run_s,
      result.latency_mean, result.unstable ? ", unstable" : "");
  std::fflush(stdout);
  // Tearing SystemC objects down is no part of the measurement.
  std::_Exit(0);
}
