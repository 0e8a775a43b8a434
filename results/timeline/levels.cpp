// SPDX-License-Identifier: Apache-2.0
#include "results/timeline/levels.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "results/report_files.hpp"
#include "wafer/program/result/energy.hpp"

namespace waferloom::results {

namespace {

constexpr double kBytesPerKib = 1024;

using Area = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

Area key_of(const core::Rectangle& area) { return {area.x, area.y, area.width, area.height}; }

/// Of the last tile, whose shares are the largest.
double bytes_of(const trace::Allocation& allocation, const core::Rectangle& area) {
  return static_cast<double>(
      allocation.bytes.value(area.width - 1, area.width, area.height - 1, area.height, 0, 1));
}

/// From `at` on an area's tiles hold so much, unless something that comes later in the program has begun there.
struct Change {
  core::Cycle at;
  std::size_t position;  ///< in the program
  Area area;
  double bytes;
};

struct Use {
  std::size_t position = 0;
  double bytes = 0;
};

}  // namespace

Levels power_levels(const wafer::Scenario& scenario, const wafer::RunResult& result) {
  const std::uint64_t tiles = std::uint64_t{scenario.hardware.fabric.width} * scenario.hardware.fabric.height;
  std::map<core::Cycle, double> changes{{0, wafer::idle_energy(tiles, 1, scenario.energy)}};
  for (const wafer::GroupResult& group : result.groups) {
    if (group.cycles() == 0) continue;
    const double power_w =
        energy_of(group, scenario).total() / (static_cast<double>(group.cycles()) / result.clock_hz);
    changes[group.start] += power_w;
    changes[group.end] -= power_w;
  }
  Levels power{"power", "W", {}};
  double level = 0;
  for (const auto& [at, change] : changes) {
    level += change;
    // Sums of many changes leave rounding errors: a milliwatt is finer than any of the constants.
    power.levels.push_back({at, std::round(level * 1e3) / 1e3});
  }
  return power;
}

Levels sram_levels(const std::vector<trace::Record>& records, const wafer::RunResult& result) {
  std::vector<const wafer::RecordResult*> times(records.size());
  for (const wafer::RecordResult& record : result.records) times[record.record] = &record;
  struct Tensor {
    Area area;
    double bytes;
  };
  std::map<std::string, Tensor> live;
  std::map<Area, double> used;
  std::vector<Change> changes;
  for (const trace::Record& record : records) {
    const Area area = key_of(record.area);
    for (const trace::Allocation& allocation : record.allocates) {
      const Tensor tensor{area, bytes_of(allocation, record.area)};
      live[allocation.tensor] = tensor;
      used[area] += tensor.bytes;
    }
    // The host's part of a stream says nothing about when its tiles are there.
    const wafer::RecordResult* time = trace::is_of_host(record.kind) ? nullptr : times[record.id];
    if (time != nullptr) changes.push_back({time->start, changes.size() + 1, area, used[area]});
    for (const std::string& name : record.frees) {
      const auto tensor = live.find(name);
      if (tensor == live.end()) continue;
      used[tensor->second.area] -= tensor->second.bytes;
      live.erase(tensor);
    }
    if (time != nullptr) changes.push_back({time->end, changes.size() + 1, area, used[area]});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::tie(a.at, a.position) < std::tie(b.at, b.position);
  });
  Levels sram{"SRAM in use, fullest tile", "KiB", {{0, 0}}};
  std::map<Area, Use> now;
  for (const Change& change : changes) {
    Use& use = now[change.area];
    if (change.position < use.position) continue;
    use = {change.position, change.bytes};
    double most = 0;
    for (const auto& [area, each] : now) most = std::max(most, each.bytes);
    most /= kBytesPerKib;
    Level& last = sram.levels.back();
    if (last.at == change.at) {
      last.value = most;
    } else if (last.value != most) {
      sram.levels.push_back({change.at, most});
    }
  }
  return sram;
}

}  // namespace waferloom::results
