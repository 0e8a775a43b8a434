// SPDX-License-Identifier: Apache-2.0
// `waferloom show`: a finished run in the terminal, from its result files.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/run/finished_run.hpp"
#include "cli/run/summary_json.hpp"
#include "cli/shell/colours.hpp"
#include "cli/shell/one_of.hpp"
#include "core/error.hpp"
#include "report/heatmap.hpp"
#include "report/summary.hpp"
#include "report/views.hpp"

namespace waferloom::cli {

namespace {

constexpr std::uint32_t kUsualWidth = 80;

struct RunShowArguments {
  std::string directory;
  std::string heatmap;
  std::optional<std::uint32_t> layer;
  std::string top;
  std::size_t count = 10;
  std::optional<std::uint32_t> width;
  bool ascii = false;
  bool json = false;
  const Colours* colours = nullptr;
};

bool is_terminal() { return isatty(STDOUT_FILENO) != 0; }

std::uint32_t terminal_width() {
  winsize size{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system's interface
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsualWidth;
}

void print_json(const nlohmann::ordered_json& value) { fmt::print("{}\n", value.dump(2)); }

void show_heatmap(const RunShowArguments& arguments) {
  const report::TileQuantity quantity =
      report::tile_quantity(report::read_run(arguments.directory), arguments.heatmap);
  const std::uint32_t width = arguments.width.value_or(terminal_width());
  if (arguments.json) {
    print_json(report::heatmap_json(quantity, width));
  } else {
    fmt::print("{}", report::heatmap_text(
                         quantity, width,
                         {arguments.ascii || !is_terminal(), arguments.colours->on(STDOUT_FILENO)}));
  }
}

void show_layer(const RunShowArguments& arguments) {
  const nlohmann::ordered_json view =
      report::layer_view(report::read_tables(arguments.directory), std::to_string(*arguments.layer));
  if (arguments.json) return print_json(view);
  fmt::print("{}", report::layer_text(view));
}

void show_top(const RunShowArguments& arguments) {
  const report::RunFiles run = report::read_run(arguments.directory);
  const nlohmann::ordered_json view = arguments.top == "links" ? report::top_links(run, arguments.count)
                                                               : report::top_pes(run, arguments.count);
  if (arguments.json) return print_json(view);
  fmt::print("{}", report::top_text(view));
}

void show(const RunShowArguments& arguments) {
  require_run(arguments.directory);
  if (!arguments.heatmap.empty()) return show_heatmap(arguments);
  if (arguments.layer) return show_layer(arguments);
  if (!arguments.top.empty()) return show_top(arguments);
  const report::RunFiles run = report::read_tables(arguments.directory);
  if (arguments.json) return print_json(summary_json(run.result, run.host));
  fmt::print("{}", report::summary_text(run.result, run.host));
}

}  // namespace

void add_show_command(CLI::App& app, const Colours& colours) {
  const auto arguments = std::make_shared<RunShowArguments>();
  arguments->colours = &colours;
  CLI::App* command =
      app.add_subcommand("show", "Show a finished run: its summary, a map, a layer, the busiest");
  command->add_option("DIR", arguments->directory, "directory that `waferloom run` wrote")->required();
  CLI::Option* heatmap = command->add_option("--heatmap", arguments->heatmap, "a coarse map of the wafer")
                             ->check(one_of(report::tile_quantities()));
  CLI::Option* layer =
      command->add_option("--layer", arguments->layer, "one layer: its phases and operations")
          ->type_name("N");
  CLI::Option* top = command->add_option("--top", arguments->top, "the most congested links, the busiest PEs")
                         ->check(one_of({"links", "pe"}));
  heatmap->excludes(layer)->excludes(top);
  layer->excludes(top);
  constexpr std::size_t kMostRows = 1'000'000;
  command->add_option("--count", arguments->count, "how many [10]")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMostRows))
      ->needs(top);
  constexpr std::uint32_t kNarrowest = 20;
  constexpr std::uint32_t kWidest = 10000;
  command->add_option("--width", arguments->width, "characters of a line of the map [the terminal's, or 80]")
      ->type_name("N")
      ->check(CLI::Range(kNarrowest, kWidest))
      ->needs(heatmap);
  command->add_flag("--ascii", arguments->ascii, "draw the map with ASCII, as when not on a terminal")
      ->needs(heatmap);
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments] { show(*arguments); });
}

}  // namespace waferloom::cli
