// SPDX-License-Identifier: Apache-2.0
// The directory of a run: how it is filled, and the files that several kinds of run write there.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "cli/run/observation.hpp"
#include "cli/run/preparation.hpp"
#include "cli/run/request.hpp"
#include "ranks/together.hpp"
#include "results/run_database.hpp"
#include "results/run_directory.hpp"
#include "results/timeline/timeline.hpp"
#include "wafer/program/result/link_samples.hpp"
#include "wafer/program/result/plan_result.hpp"
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

/// A run that is recorded: `simulate(recording)` on all ranks, then `write(directory, recording, result)` on the one that
/// has a directory. Of a run that gets stuck there remains a picture of what waits for what.
template <class Simulate, class Write>
void record_run(const wafer::Scenario& scenario, const RunRequest& request, const Preparation& preparation,
                const Simulate& simulate, const Write& write) {
  fill_directory(scenario, request, preparation.keeper(), [&](const results::RunDirectory* directory) {
    Recording recording(directory, scenario, preparation.prepared().observed, request);
    auto result = [&] {
      try {
        return simulate(recording);
      } catch (const wafer::StuckError& error) {
        if (directory != nullptr && !error.picture().empty())
          directory->write("deadlock.svg", error.picture());
        throw;
      }
    }();
    ranks::on_all(request.team, [&] {
      if (directory != nullptr) write(*directory, recording, result);
    });
  });
}

void write_timeline(const results::RunDirectory& directory, const results::TimelineInput& input);

/// What each link and each tile of `program` did.
void write_maps(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                const std::vector<wafer::TileResult>& tiles, core::Cycle cycles, core::Rectangle program);

void write_link_samples(const results::RunDirectory& directory, const wafer::LinkSamples& links);

/// The last files, and what the user reads.
void conclude(const results::RunDirectory& directory, const RunArguments& arguments,
              const nlohmann::ordered_json& result, const nlohmann::ordered_json& host);

/// All files of a program without records but its own ones. In the timeline the chosen tiles have their states, by task
/// where there are `tasks`.
void write_plan_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                        const RunArguments& arguments, core::Rectangle area, Recording& recording,
                        const wafer::PlanResult& run, const std::vector<std::string>& tasks,
                        const nlohmann::ordered_json& result);

}  // namespace waferloom::cli
