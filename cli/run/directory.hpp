// SPDX-License-Identifier: Apache-2.0
// The directory of a run: how it is filled, and the files that several kinds of run write there.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "cli/run/observation.hpp"
#include "cli/run/request.hpp"
#include "ranks/together.hpp"
#include "results/run_database.hpp"
#include "results/run_directory.hpp"
#include "results/timeline/timeline.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/tile_result.hpp"
#include "wafer/wavelet/stuck.hpp"

namespace waferloom::cli {

/// Where records and signals of a run go. Of a run that ranks share, rank 0 alone has a directory and a database.
struct Recording {
  Recording(const results::RunDirectory* directory, const wafer::Scenario& scenario,
            const wafer::Chosen& observed, const RunRequest& request);
  [[nodiscard]] wafer::ObserverFactories factories() const {
    return observation ? observation->factories() : wafer::ObserverFactories{};
  }

  std::optional<results::RunDatabase> database;
  std::optional<Observation> observation;
};

/// `fill(directory)` simulates into a new directory, which rank 0 alone has; others get nullptr. Bad input that shows
/// only as the machine is built (a way that cannot be laid, a signal that does not exist) leaves none.
template <class Fill>
void fill_directory(const wafer::Scenario& scenario, const RunRequest& request, checkpoint::Keeper* keeper,
                    const Fill& fill) {
  const CheckpointArguments& checkpoints = request.arguments.checkpoints;
  std::optional<results::RunDirectory> directory;
  try {
    ranks::on_all(request.team, [&] {
      if (request.team != nullptr && !request.team->leads()) return;
      directory.emplace(directory_of(scenario, request.arguments.out, checkpoints));
      directory->write("scenario.yaml", wafer::effective_yaml(scenario));
    });
    write_checkpoints(keeper, checkpoints, directory ? &*directory : nullptr);
    fill(directory ? &*directory : nullptr);
    if (directory) remove_checkpoint(keeper, *directory);
  } catch (const core::InputError&) {
    if (directory) directory->remove();
    throw;
  }
}

/// Simulates; a run that gets stuck leaves a picture of what waits for what, where there is a directory.
template <class Run>
auto run_or_draw(const results::RunDirectory* directory, const Run& run) {
  try {
    return run();
  } catch (const wafer::StuckError& error) {
    if (directory != nullptr && !error.picture().empty()) directory->write("deadlock.svg", error.picture());
    throw;
  }
}

void write_timeline(const results::RunDirectory& directory, const results::TimelineInput& input);

/// The timeline of what has no records: the chosen tiles' states, by task where there are `tasks`. Nothing where no tile
/// is chosen.
void write_tracks(const results::RunDirectory& directory, const wafer::Scenario& scenario, double clock_hz,
                  const Recording& recording, const std::vector<std::string>& tasks);

/// What each link and each tile of `program` did.
void write_maps(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                const std::vector<wafer::TileResult>& tiles, core::Cycle cycles, core::Rectangle program);

void write_link_samples(const results::RunDirectory& directory, const wafer::LinkSamples& links);

/// The last files, and what the user reads.
void conclude(const results::RunDirectory& directory, const RunArguments& arguments,
              const nlohmann::ordered_json& result, const nlohmann::ordered_json& host);

}  // namespace waferloom::cli
