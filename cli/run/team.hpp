// SPDX-License-Identifier: Apache-2.0
// The processes that share one `waferloom run`: who they are, and how they divide the mesh.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/region_grid.hpp"
#include "ranks/partition.hpp"
#include "ranks/ranks.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

/// This process and the other ranks of its MPI job, or `jobs` - 1 others that it starts; none: it is alone.
[[nodiscard]] std::unique_ptr<ranks::Ranks> find_team(int jobs);

/// Throws core::InputError for what only one process can run.
void check_shareable(const wafer::Scenario& scenario);

/// What each region of a grid has to do.
using RegionLoads = std::function<std::vector<std::uint64_t>(const core::RegionGrid&)>;

/// How `ranks` divide a scenario's mesh.
class Division {
 public:
  struct Cut {
    core::SimulationParameters simulation;
    ranks::Partition partition;
  };
  /// Regions that the scenario leaves to the program are cut finer
  /// than reticles, until loads are even: results do not depend on them.
  Division(const wafer::Scenario& scenario, int ranks, const RegionLoads& loads);

  [[nodiscard]] const core::SimulationParameters& simulation() const { return simulation_; }
  [[nodiscard]] const ranks::Partition& partition() const { return partition_; }
  /// For people.
  [[nodiscard]] std::string text() const { return ranks::describe(grid_, partition_); }

 private:
  Division(const wafer::Scenario& scenario, Cut cut);

  core::SimulationParameters simulation_;
  core::RegionGrid grid_;
  ranks::Partition partition_;
};

}  // namespace waferloom::cli
