// SPDX-License-Identifier: Apache-2.0
#include "cli/run/team.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/version.hpp"
#include "ranks/launch.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::cli {

namespace {

/// Regions for each rank from which loads can be balanced, and so many that they cost more than an even share gains.
constexpr std::size_t kRegionsPerRank = 8;
constexpr std::size_t kMostRegionsPerRank = 64;
/// Regions are not cut smaller than this, tiles along an edge, unless ranks would have none.
constexpr std::uint32_t kLeastEdge = 8;
/// What the busiest rank may have above an even share before regions are cut finer.
constexpr double kEven = 1.05;

core::RegionGrid grid_of(const wafer::Scenario& scenario, const core::SimulationParameters& simulation) {
  const fabric::FabricParameters& mesh = scenario.hardware.fabric;
  return {simulation, mesh.reticle_width, mesh.reticle_height, mesh.width, mesh.height};
}

/// Regions half as long; false where they are not to be cut so.
bool halve(core::SimulationParameters& simulation, std::uint32_t least_edge) {
  std::uint32_t& longer = simulation.region_width >= simulation.region_height ? simulation.region_width
                                                                              : simulation.region_height;
  if (longer == 1 || longer / 2 < least_edge) return false;
  longer = (longer + 1) / 2;
  return true;
}

/// Reticles, or parts of them where these are too few.
core::SimulationParameters enough_regions(const wafer::Scenario& scenario, std::size_t ranks) {
  core::SimulationParameters simulation = scenario.simulation;
  const fabric::FabricParameters& mesh = scenario.hardware.fabric;
  simulation.region_width = std::min(mesh.reticle_width, mesh.width);
  simulation.region_height = std::min(mesh.reticle_height, mesh.height);
  for (;;) {
    const std::size_t regions = grid_of(scenario, simulation).size();
    if (regions >= kRegionsPerRank * ranks) return simulation;
    if (!halve(simulation, regions >= ranks ? kLeastEdge : 1)) return simulation;
  }
}

using Cut = Division::Cut;

double busiest_share(const ranks::Partition& partition) {
  double total = 0;
  double most = 0;
  for (const std::uint64_t load : partition.load) {
    total += static_cast<double>(load);
    most = std::max(most, static_cast<double>(load));
  }
  return total == 0 ? 1 : most * static_cast<double>(partition.load.size()) / total;
}

/// The coarsest regions that can be shared out evenly, or those that come nearest to it.
Cut cut(const wafer::Scenario& scenario, int ranks, const RegionLoads& loads) {
  const auto divide = [&](const core::SimulationParameters& simulation) {
    const core::RegionGrid grid = grid_of(scenario, simulation);
    return Cut{simulation, ranks::partition(grid, loads(grid), ranks)};
  };
  const core::SimulationParameters& given = scenario.simulation;
  if (ranks == 1 || given.region_width != 0 || given.region_height != 0) return divide(given);
  Cut best = divide(enough_regions(scenario, static_cast<std::size_t>(ranks)));
  core::SimulationParameters finer = best.simulation;
  while (busiest_share(best.partition) > kEven && halve(finer, kLeastEdge) &&
         grid_of(scenario, finer).size() <= kMostRegionsPerRank * static_cast<std::size_t>(ranks)) {
    Cut next = divide(finer);
    if (busiest_share(next.partition) < busiest_share(best.partition)) best = std::move(next);
  }
  return best;
}

/// Ranks of other builds would read each other's messages wrongly.
void check_same_program(ranks::Ranks& team) {
  const std::string own = core::program();
  ranks::Packer packed;
  packed.put_text(own);
  std::optional<ranks::Failure> failure;
  const std::vector<ranks::Bytes> all = ranks::gather(team, packed.take());
  for (std::size_t rank = 1; rank < all.size() && !failure; ++rank) {
    const std::string other = ranks::Unpacker(all[rank]).get_text();
    if (other == own) continue;
    failure =
        ranks::Failure{core::ExitStatus::bad_input,
                       fmt::format("mpirun: expected the same program on all ranks, {}, got {} on rank {}",
                                   own, other, rank)};
  }
  ranks::agree(team, failure);
}

}  // namespace

std::unique_ptr<ranks::Ranks> find_team(int jobs) {
  if (!ranks::is_mpi_job()) return jobs > 1 ? ranks::fork_ranks(jobs) : nullptr;
  std::unique_ptr<ranks::Ranks> team = ranks::join_mpi_job();
  if (team->size() == 1) return nullptr;
  check_same_program(*team);
  return team;
}

void check_shareable(const wafer::Scenario& scenario) {
  if (scenario.fidelity != "burst") return;
  throw core::InputError(
      "fidelity: burst: expected something that several processes can share, which this is not: run it "
      "without "
      "mpirun or --jobs");
}

Division::Division(const wafer::Scenario& scenario, int ranks, const RegionLoads& loads)
    : Division(scenario, cut(scenario, ranks, loads)) {}

Division::Division(const wafer::Scenario& scenario, Cut cut)
    : simulation_(cut.simulation),
      grid_(grid_of(scenario, simulation_)),
      partition_(std::move(cut.partition)) {}

}  // namespace waferloom::cli
