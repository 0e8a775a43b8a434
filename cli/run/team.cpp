// SPDX-License-Identifier: Apache-2.0
#include "cli/run/team.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/error.hpp"
#include "core/version.hpp"
#include "ranks/launch.hpp"
#include "ranks/pack.hpp"
#include "ranks/together.hpp"

namespace waferloom::cli {

namespace {

/// Regions for each rank from which loads can be balanced.
constexpr std::size_t kRegionsPerRank = 8;
/// Regions are not cut smaller than this, tiles along an edge, unless ranks would have none.
constexpr std::uint32_t kLeastEdge = 8;

core::RegionGrid grid_of(const wafer::Scenario& scenario, const core::SimulationParameters& simulation) {
  const fabric::FabricParameters& mesh = scenario.hardware.fabric;
  return {simulation, mesh.reticle_width, mesh.reticle_height, mesh.width, mesh.height};
}

core::SimulationParameters cut_finer(const wafer::Scenario& scenario, std::size_t ranks) {
  core::SimulationParameters simulation = scenario.simulation;
  if (ranks == 1 || simulation.region_width != 0 || simulation.region_height != 0) return simulation;
  const fabric::FabricParameters& mesh = scenario.hardware.fabric;
  std::uint32_t width = std::min(mesh.reticle_width, mesh.width);
  std::uint32_t height = std::min(mesh.reticle_height, mesh.height);
  for (;;) {
    simulation.region_width = width;
    simulation.region_height = height;
    const std::size_t regions = grid_of(scenario, simulation).size();
    std::uint32_t& longer = width >= height ? width : height;
    const bool enough = regions >= kRegionsPerRank * ranks || (longer / 2 < kLeastEdge && regions >= ranks);
    if (enough || longer == 1) return simulation;
    longer = (longer + 1) / 2;
  }
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

void check_readable_by_all(const std::string& scenario) {
  std::error_code ignored;
  const auto status = std::filesystem::status(scenario, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status) ||
      std::filesystem::is_directory(status)) {
    return;
  }
  throw core::InputError(
      fmt::format("{}: expected a file that several processes can read, got a pipe or a device", scenario));
}

void check_shareable(const wafer::Scenario& scenario) {
  if (scenario.fidelity != "burst") return;
  throw core::InputError(
      "fidelity: burst: expected something that several processes can share, which this is not: run it "
      "without "
      "mpirun or --jobs");
}

Division::Division(const wafer::Scenario& scenario, int ranks,
                   const std::function<std::vector<std::uint64_t>(const core::RegionGrid&)>& predict)
    : simulation_(cut_finer(scenario, static_cast<std::size_t>(ranks))),
      grid_(grid_of(scenario, simulation_)),
      partition_(ranks::partition(grid_, predict(grid_), ranks)) {}

}  // namespace waferloom::cli
