// SPDX-License-Identifier: Apache-2.0
#include "cli/run/directory.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run/summary_json.hpp"
#include "cli/run/write_report.hpp"
#include "report/summary.hpp"
#include "results/report_files.hpp"
#include "results/timeline/perfetto.hpp"

namespace waferloom::cli {

Recording::Recording(const results::RunDirectory* directory, const wafer::Scenario& scenario,
                     const wafer::Chosen& observed, const RunRequest& request) {
  const CheckpointArguments& checkpoints = request.arguments.checkpoints;
  ranks::on_all(request.team, [&] {
    if (directory != nullptr) database.emplace(directory->path() / "results.sqlite", scenario);
    observation.emplace(scenario, observed,
                        Observation::Place{directory != nullptr ? &directory->path() : nullptr, request.team,
                                           checkpoints.wanted(), checkpoints.resume});
  });
}

void write_timeline(const results::RunDirectory& directory, const results::TimelineInput& input) {
  const results::Timeline timeline = results::make_timeline(input);
  directory.write_parts("timeline.pftrace",
                        [&](results::TextParts& text) { results::perfetto_trace(timeline, text); });
}

void write_maps(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                const std::vector<wafer::TileResult>& tiles, core::Cycle cycles, core::Rectangle program) {
  directory.write_parts("links.csv", [&](results::TextParts& text) {
    results::links_csv(tiles, cycles, scenario.hardware.fabric.link_cycles(), text);
  });
  directory.write_parts("tiles.csv",
                        [&](results::TextParts& text) { results::tiles_csv(tiles, cycles, program, text); });
}

void write_link_samples(const results::RunDirectory& directory, const wafer::LinkSamples& links) {
  if (links.samples.empty()) return;
  directory.write_parts("link_samples.csv",
                        [&](results::TextParts& text) { results::link_samples_csv(links, text); });
}

void conclude(const results::RunDirectory& directory, const RunArguments& arguments,
              const nlohmann::ordered_json& result, const nlohmann::ordered_json& host) {
  directory.write("host.json", host.dump(2) + "\n");
  directory.write_atomically("result.json", result.dump(2) + "\n");
  const std::string path = directory.path().string();
  const Output& output = arguments.output;
  output.print("{}\nResults: {}\n", report::summary_text(result, host), path);
  nlohmann::ordered_json json = summary_json(result, host);
  json["directory"] = path;
  if (arguments.report) {
    const std::filesystem::path page = directory.path() / "report.html";
    write_report(directory.path(), page);
    output.print("Report: {}\n", page.string());
    json["report"] = page.string();
  } else {
    output.print("Next: waferloom report {0}, waferloom show {0}\n", shell_word(path));
  }
  output.print_json(json);
}

void write_plan_results(const results::RunDirectory& directory, const wafer::Scenario& scenario,
                        const RunArguments& arguments, core::Rectangle area, Recording& recording,
                        const wafer::PlanResult& run, const std::vector<std::string>& tasks,
                        const nlohmann::ordered_json& result) {
  if (scenario.observe.maps) write_maps(directory, scenario, run.tiles, run.cycles, area);
  write_link_samples(directory, run.links);
  const std::vector<wafer::TileState>& states = recording.observation->tile_states();
  recording.database->add_tile_states(states);
  recording.database->add_tasks(tasks);
  const std::vector<wafer::LinkTotals> links = wafer::totals(run.links);
  recording.database->add_link_samples(links);
  if (scenario.observe.timeline && !states.empty()) {
    write_timeline(directory, {scenario.name,
                               run.clock_hz,
                               1,
                               0,
                               {},
                               {},
                               links,
                               {},
                               {},
                               states,
                               tasks,
                               scenario.hardware.fabric.link_cycles()});
  }
  if (scenario.observe.maps) recording.database->add_tiles(run.tiles, area);
  recording.database->finish(result);
  conclude(directory, arguments, result,
           results::host_json(scenario, {run.elaboration_s, run.simulation_s, run.hops, {}}));
}

}  // namespace waferloom::cli
