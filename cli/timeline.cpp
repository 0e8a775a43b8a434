// SPDX-License-Identifier: Apache-2.0
// `waferloom timeline`: the timeline of a run, finished or not, from its results database.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/shell/one_of.hpp"
#include "core/write_file.hpp"
#include "results/run_database.hpp"
#include "results/text_parts.hpp"
#include "results/timeline/chrome_trace.hpp"
#include "results/timeline/perfetto.hpp"

namespace waferloom::cli {

void add_timeline_command(CLI::App& app) {
  struct Arguments {
    std::string directory;
    std::string format = "perfetto";
    std::string out;
    Output output;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("timeline", "Write a run's timeline for a trace viewer");
  command->add_option("DIR", arguments->directory, "directory that `waferloom run` wrote")->required();
  command->add_option("--format", arguments->format, "perfetto, or chrome for viewers that read only JSON")
      ->check(one_of({"perfetto", "chrome"}))
      ->capture_default_str();
  command
      ->add_option("-o,--out", arguments->out,
                   "file to write; an existing one is replaced [DIR/timeline.pftrace or .json]")
      ->type_name("FILE");
  add_quiet_option(*command, arguments->output);
  add_json_option(*command, arguments->output);
  command->callback([arguments] {
    const std::filesystem::path directory(arguments->directory);
    const results::StoredRun run = results::read_stored_run(directory);
    const results::Timeline timeline = results::make_timeline(
        {run.scenario, run.clock_hz, run.channel_words_per_cycle, run.channels_of_wafer, run.records,
         run.groups, run.links, run.levels, run.channels, run.tile_states, run.tasks, run.link_cycles});
    const bool chrome = arguments->format == "chrome";
    const std::filesystem::path out = arguments->out.empty()
                                          ? directory / (chrome ? "timeline.json" : "timeline.pftrace")
                                          : std::filesystem::path(arguments->out);
    std::string text = chrome ? results::chrome_trace(timeline) : "";
    if (!chrome) {
      results::TextParts parts([&](std::string_view part) { text += part; });
      results::perfetto_trace(timeline, parts);
    }
    core::write_file(out, text);
    arguments->output.print("Timeline: {}\n", out.string());
    arguments->output.print_json(
        {{"directory", directory.string()}, {"format", arguments->format}, {"timeline", out.string()}});
  });
}

}  // namespace waferloom::cli
