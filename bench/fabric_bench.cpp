// SPDX-License-Identifier: Apache-2.0
// Measures the fabric: wavelet hops per second of an active square in a wafer of any size, and what
// elaboration costs. One measurement per process, as SystemC elaborates once.
//
//   fabric_bench [--wafer WxH] [--active N] [--load rows|cross|multicast] [--wavelets N]
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <systemc>

#include "core/stopwatch.hpp"
#include "tests/support/scripted_program.hpp"
#include "tests/support/test_wafer.hpp"

namespace {

using namespace waferloom;
using core::Direction;
using fabric::Route;

struct Options {
  std::uint32_t width = 66;
  std::uint32_t height = 66;
  std::uint32_t active = 64;
  std::uint64_t wavelets = 20000;
  std::string load = "cross";
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const std::string value = argv[i + 1];
    if (key == "--wafer") {
      options.width = static_cast<std::uint32_t>(std::stoul(value));
      options.height = static_cast<std::uint32_t>(std::stoul(value.substr(value.find('x') + 1)));
    } else if (key == "--active") {
      options.active = static_cast<std::uint32_t>(std::stoul(value));
    } else if (key == "--wavelets") {
      options.wavelets = std::stoull(value);
    } else if (key == "--load") {
      options.load = value;
    } else {
      std::fprintf(stderr, "unknown option %s\n", key.c_str());
      std::exit(2);
    }
  }
  return options;
}

/// Every row streams east on color 0 and, for `cross`, every column south on color 1; `multicast` also
/// delivers each wavelet to every PE it passes.
void load_traffic(wafer::Wafer& wafer, test::ScriptedProgram& program, const Options& options) {
  const std::uint32_t n = options.active;
  const bool columns = options.load != "rows";
  const bool multicast = options.load == "multicast";
  for (std::uint32_t y = 0; y < n; ++y) {
    for (std::uint32_t x = 0; x < n; ++x) {
      const core::Coordinate at{1 + x, 1 + y};
      const std::uint32_t id = y * n + x;
      std::vector<pe::QueueBinding> inputs;
      std::vector<pe::QueueBinding> outputs;
      const auto line = [&](core::Color color, std::uint32_t i, Direction from, Direction to,
                            std::uint8_t queue) {
        const bool last = i + 1 == n;
        core::DirectionSet tx;
        if (!last) tx.add(to);
        if (last || (multicast && i > 0)) tx.add(Direction::ramp);
        wafer.set_route(at, color, Route::fixed({i == 0 ? Direction::ramp : from}, tx));
        if (i == 0) {
          outputs.push_back({color, static_cast<std::uint8_t>(2 + queue)});
          program.add(id, queue, test::send(static_cast<std::uint8_t>(2 + queue), options.wavelets));
        } else if (last || multicast) {
          inputs.push_back({color, queue});
          program.add(id, queue, test::receive(queue, options.wavelets));
        }
      };
      line(0, x, Direction::west, Direction::east, 0);
      if (columns) line(1, y, Direction::north, Direction::south, 1);
      if (!inputs.empty() || !outputs.empty()) wafer.load(at, program, id, inputs, outputs);
    }
  }
}

}  // namespace

int sc_main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  wafer::Hardware hardware = test::small_hardware(options.width, options.height);
  hardware.fabric.reticle_width = 108;
  hardware.fabric.reticle_height = 83;
  const core::Stopwatch start;
  test::TestWafer wafer(hardware);
  const double elaboration_s = start.seconds();
  test::ScriptedProgram program;
  load_traffic(*wafer, program, options);
  const core::Stopwatch run_start;
  wafer->run();
  const double run_s = run_start.seconds();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto hops = static_cast<double>(wafer->hops());
  std::printf(
      "wafer %ux%u active %ux%u load %s: elaboration %.2f s, peak %.2f GiB, %.1f M hops in %.2f s = %.1f M "
      "hops/s\n",
      options.width, options.height, options.active, options.active, options.load.c_str(), elaboration_s,
      static_cast<double>(usage.ru_maxrss) / 1048576.0, hops / 1e6, run_s, hops / 1e6 / run_s);
  std::fflush(stdout);
  // Tearing down millions of SystemC objects is no part of the measurement.
  std::_Exit(0);
}
