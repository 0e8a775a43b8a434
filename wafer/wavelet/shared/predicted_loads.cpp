// SPDX-License-Identifier: Apache-2.0
#include "wafer/wavelet/shared/predicted_loads.hpp"

#include <set>
#include <unordered_map>
#include <utility>

#include "core/places.hpp"
#include "wafer/program/result/link_counts.hpp"

namespace waferloom::wafer {

namespace {

/// What a PE does for a wavelet that it takes or sends, in wavelets through a router (assumed: loads are compared only).
constexpr std::uint64_t kWorkOfPe = 2;

/// Wavelets that pass through routers and PEs: each sender's are followed along the routes of their color, at the first
/// of its switch positions.
class PlanLoads {
 public:
  explicit PlanLoads(const collectives::Plan& plan) {
    for (const collectives::PlannedRoute& route : plan.routes) {
      routes_[key(route.at, route.color)] = {&route.route, loads_.size()};
      loads_.push_back({route.at, 1});
    }
    for (const collectives::TilePlan& tile : plan.tiles) {
      for (const collectives::ThreadPlan& thread : tile.threads) add_thread(tile, thread);
    }
  }
  [[nodiscard]] std::vector<TileLoad> take() { return std::move(loads_); }

 private:
  [[nodiscard]] static std::uint64_t key(core::Coordinate at, core::Color color) {
    return (std::uint64_t{at.y} << 32U | at.x) << 6U | color;
  }

  /// Steps that are made are as large as the first of them, within a wavelet.
  void add_thread(const collectives::TilePlan& tile, const collectives::ThreadPlan& thread) {
    std::uint32_t i = 0;
    while (i < thread.size() && thread.is_made(i)) ++i;
    if (i != 0) {
      pe::Step all = thread.at(0).step;
      all.iterations *= i;
      add_step(tile, all);
    }
    for (; i < thread.size(); ++i) add_step(tile, thread.kept(i).step);
  }

  void add_step(const collectives::TilePlan& tile, const pe::Step& step) {
    loads_.push_back({tile.at, kWorkOfPe * step.iterations});
    for (const pe::QueueBinding& binding : tile.outputs) {
      if (binding.queue == step.output) follow(tile.at, binding.color, step.iterations);
    }
  }

  void follow(core::Coordinate from, core::Color color, std::uint64_t wavelets) {
    std::set<std::uint64_t> seen;
    std::vector<core::Coordinate> open{from};
    while (!open.empty()) {
      const core::Coordinate at = open.back();
      open.pop_back();
      const auto route = routes_.find(key(at, color));
      if (route == routes_.end() || !seen.insert(route->first).second) continue;
      loads_[route->second.load].load += wavelets;
      for (std::size_t d = 0; d < core::kNeighbours; ++d) {
        const auto direction = static_cast<core::Direction>(d);
        if (!route->second.route->positions[0].tx.has(direction)) continue;
        if (const auto there = core::neighbour(at, direction, kEverywhere)) open.push_back(*there);
      }
    }
  }

  struct Followed {
    const fabric::Route* route = nullptr;
    std::size_t load = 0;  ///< place in loads_
  };

  static constexpr core::Rectangle kEverywhere{0, 0, 0xffffffff, 0xffffffff};
  std::vector<TileLoad> loads_;
  std::unordered_map<std::uint64_t, Followed> routes_;
};

}  // namespace

std::vector<TileLoad> predict_loads(const Hardware& hardware, core::Rectangle program,
                                    const std::vector<trace::Record>& records) {
  std::vector<TileLoad> loads;
  for (const TileResult& tile : count_links(hardware, program, records, group_records(records)).tiles) {
    std::uint64_t load = kWorkOfPe * (tile.received + tile.injected) + (program.contains(tile.at) ? 1 : 0);
    for (const std::uint64_t sent : tile.sent) load += sent;
    if (load != 0) loads.push_back({tile.at, load});
  }
  return loads;
}

std::vector<TileLoad> predict_loads(const collectives::Plan& plan) { return PlanLoads(plan).take(); }

std::vector<std::uint64_t> by_region(const core::RegionGrid& grid, const std::vector<TileLoad>& loads) {
  std::vector<std::uint64_t> sums(grid.size());
  for (const TileLoad& each : loads) sums[grid.region_at(each.at)] += each.load;
  return sums;
}

}  // namespace waferloom::wafer
