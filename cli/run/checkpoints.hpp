// SPDX-License-Identifier: Apache-2.0
// `waferloom run --checkpoint` and `--resume`: what of a run is kept from time to time, and where a run goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "ranks/ranks.hpp"
#include "results/run_directory.hpp"
#include "trace/record.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::cli {

/// As the user gave them; empty: not at all.
struct CheckpointArguments {
  std::string every;
  std::string resume;  ///< the directory of the run that goes on

  [[nodiscard]] bool wanted() const { return !every.empty() || !resume.empty(); }
};

/// Throws core::InputError for what cannot be kept in a checkpoint.
void check_keepable(const wafer::Scenario& scenario, const CheckpointArguments& arguments);

/// Of what a scenario names: the records that it was lowered to, a file.
[[nodiscard]] std::uint32_t checksum_of(const std::vector<trace::Record>& records);
[[nodiscard]] std::uint32_t checksum_of_file(const std::string& path);

/// `input`: a checksum of what the scenario names. Reads the checkpoint of the run that goes on: throws core::InputError
/// where it cannot go on from there. None: no checkpoints are wanted.
[[nodiscard]] std::unique_ptr<checkpoint::Keeper> make_keeper(const wafer::Scenario& scenario,
                                                              const CheckpointArguments& arguments,
                                                              const std::function<std::uint32_t()>& input,
                                                              ranks::Ranks* team);

/// Where the run writes its results: a new directory, or that of the run that goes on.
[[nodiscard]] results::RunDirectory directory_of(const wafer::Scenario& scenario, const std::string& out,
                                                 const CheckpointArguments& arguments);

/// The checkpoint of a run in its directory.
[[nodiscard]] std::filesystem::path checkpoint_in(const std::filesystem::path& directory);

/// On all ranks, once the directory is there, which rank 0 alone has: from now on checkpoints are written there.
void write_checkpoints(checkpoint::Keeper* keeper, const CheckpointArguments& arguments,
                       const results::RunDirectory* directory);

/// The results are written: nothing is left to go on from.
void remove_checkpoint(const checkpoint::Keeper* keeper, const results::RunDirectory& directory);

}  // namespace waferloom::cli
