// SPDX-License-Identifier: Apache-2.0
// A small mesh of xy routers with traffic from a table, for tests.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "noc/traffic_run.hpp"
#include "noc/xy_router_array.hpp"

namespace waferloom::test {

inline noc::NetworkParameters xy_mesh(std::uint32_t width, std::uint32_t height,
                                      const noc::XyParameters& xy = {}) {
  noc::NetworkParameters network;
  network.mesh.router = "xy";
  network.mesh.width = width;
  network.mesh.height = height;
  network.routers.of<noc::XyParameters>() = xy;
  return network;
}

inline noc::TrafficParameters short_traffic(const std::string& pattern, double load,
                                            std::uint32_t packet_flits) {
  noc::TrafficParameters traffic;
  traffic.pattern = pattern;
  traffic.load = load;
  traffic.packet_flits = packet_flits;
  traffic.warmup_cycles = 500;
  traffic.sample_cycles = 3000;
  traffic.samples = 1;
  return traffic;
}

/// A mesh and its runs.
class TestMesh {
 public:
  explicit TestMesh(const noc::NetworkParameters& network, const core::SimulationParameters& simulation = {})
      : runner_(network, 1e9, simulation, {}, 1),
        table_(std::filesystem::temp_directory_path() /
               ("waferloom-traffic-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()))) {}
  ~TestMesh() {
    std::error_code ignored;
    std::filesystem::remove(table_, ignored);
  }
  TestMesh(const TestMesh&) = delete;
  TestMesh& operator=(const TestMesh&) = delete;

  noc::TrafficResult run(const noc::TrafficParameters& traffic) { return runner_.run(traffic, stop_); }
  /// Traffic of a table's lines.
  noc::TrafficResult run_table(const std::string& lines, noc::TrafficParameters traffic) {
    const std::string path = table_.string() + "-" + std::to_string(++tables_);
    std::ofstream(path) << lines;
    traffic.pattern = "table";
    traffic.table = path;
    const noc::TrafficResult result = runner_.run(traffic, stop_);
    std::filesystem::remove(path);
    return result;
  }
  noc::TrafficRunner& runner() { return runner_; }

 private:
  std::atomic<bool> stop_ = false;
  noc::TrafficRunner runner_;
  std::filesystem::path table_;
  int tables_ = 0;
};

}  // namespace waferloom::test
