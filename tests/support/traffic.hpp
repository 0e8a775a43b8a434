// SPDX-License-Identifier: Apache-2.0
// A small mesh of xy routers with traffic from a table, for tests.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "noc/traffic_run.hpp"

namespace waferloom::test {

inline fabric::FabricParameters xy_mesh(std::uint32_t width, std::uint32_t height,
                                        const fabric::XyParameters& xy = {}) {
  fabric::FabricParameters mesh;
  mesh.router = "xy";
  mesh.width = width;
  mesh.height = height;
  mesh.xy = xy;
  return mesh;
}

inline fabric::TrafficParameters short_traffic(const std::string& pattern, double load,
                                               std::uint32_t packet_flits) {
  fabric::TrafficParameters traffic;
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
  explicit TestMesh(const fabric::FabricParameters& mesh, const wafer::SimulationParameters& simulation = {})
      : runner_(mesh, 1e9, simulation, {}, 1),
        table_(std::filesystem::temp_directory_path() /
               ("waferloom-traffic-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()))) {}
  ~TestMesh() {
    std::error_code ignored;
    std::filesystem::remove(table_, ignored);
  }
  TestMesh(const TestMesh&) = delete;
  TestMesh& operator=(const TestMesh&) = delete;

  wafer::TrafficResult run(const fabric::TrafficParameters& traffic) { return runner_.run(traffic, stop_); }
  /// Traffic of a table's lines.
  wafer::TrafficResult run_table(const std::string& lines, fabric::TrafficParameters traffic) {
    const std::string path = table_.string() + "-" + std::to_string(++tables_);
    std::ofstream(path) << lines;
    traffic.pattern = "table";
    traffic.table = path;
    const wafer::TrafficResult result = runner_.run(traffic, stop_);
    std::filesystem::remove(path);
    return result;
  }
  wafer::TrafficRunner& runner() { return runner_; }

 private:
  std::atomic<bool> stop_ = false;
  wafer::TrafficRunner runner_;
  std::filesystem::path table_;
  int tables_ = 0;
};

}  // namespace waferloom::test
