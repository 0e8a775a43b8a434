// SPDX-License-Identifier: Apache-2.0
// `waferloom trace import` and `export`: workloads of ranks from elsewhere as a traffic trace, and one for elsewhere.
#include "cli/trace_import.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "core/error.hpp"
#include "core/units.hpp"
#include "trace/import/chakra_export.hpp"
#include "trace/import/foreign_workload.hpp"
#include "trace/import/lower.hpp"
#include "trace/statistics.hpp"
#include "trace/validate.hpp"
#include "trace/writer.hpp"

namespace waferloom::cli {

namespace {

struct ImportArguments {
  std::vector<std::string> files;
  std::string out;
  std::optional<trace::WorkloadFormat> format;
  std::optional<std::uint32_t> ranks;
  std::optional<std::uint32_t> model_parallel;
  std::optional<std::uint32_t> columns;
  std::string tiles;
  ScenarioArguments scenario;
  std::string clock;
  trace::RankWork work = trace::RankWork::operations;
  trace::AllReduce all_reduce = trace::AllReduce::ring;
};

struct Extent {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// `WIDTHxHEIGHT`.
Extent extent_of(const std::string& text) {
  Extent extent;
  const char* end = text.data() + text.size();
  const auto [cross, error] = std::from_chars(text.data(), end, extent.width);
  if (error == std::errc() && cross != end && *cross == 'x') {
    const auto [stop, other] = std::from_chars(cross + 1, end, extent.height);
    if (other == std::errc() && stop == end && extent.width != 0 && extent.height != 0) return extent;
  }
  throw core::InputError(fmt::format("--tiles: expected WIDTHxHEIGHT or reticle, got \"{}\"", text));
}

double clock_of(const ImportArguments& arguments, const std::optional<wafer::Scenario>& scenario) {
  if (arguments.clock.empty()) return scenario ? scenario->hardware.pe.clock_hz : 850e6;
  const auto [hertz, fault] = core::parse_real(arguments.clock, core::Dimension::frequency);
  if (fault != core::QuantityFault::none || !(hertz > 0)) {
    throw core::InputError(
        fmt::format("--clock: expected a frequency such as 850 MHz, got \"{}\"", arguments.clock));
  }
  return hertz;
}

trace::RankPlacement placement_of(const ImportArguments& arguments,
                                  const std::optional<wafer::Scenario>& scenario, std::uint32_t ranks) {
  trace::RankPlacement placement;
  placement.columns = arguments.columns.value_or(
      static_cast<std::uint32_t>(std::ceil(std::sqrt(static_cast<double>(ranks)))));
  if (placement.columns == 0) throw core::InputError("--columns: expected at least 1 rank in a row, got 0");
  Extent extent;
  if (arguments.tiles == "reticle") {
    if (!scenario) {
      throw core::InputError(
          "--tiles: expected --scenario with reticle, whose hardware says how large they are");
    }
    extent = {scenario->hardware.fabric.reticle_width, scenario->hardware.fabric.reticle_height};
  } else if (!arguments.tiles.empty()) {
    extent = extent_of(arguments.tiles);
  } else if (scenario) {
    const core::Rectangle whole = scenario->hardware.fabric.program;
    extent = {whole.width / placement.columns, whole.height / placement.rows(ranks)};
    if (extent.width == 0 || extent.height == 0) {
      throw core::InputError(
          fmt::format("--columns: expected {} ranks to fit on {} x {} tiles, got {} in a row", ranks,
                      whole.width, whole.height, placement.columns));
    }
  } else {
    throw core::InputError("--tiles: expected how many tiles a rank has, as WIDTHxHEIGHT, or --scenario");
  }
  placement.tile_width = extent.width;
  placement.tile_height = extent.height;
  return placement;
}

void import(const ImportArguments& arguments) {
  std::optional<wafer::Scenario> scenario;
  if (!arguments.scenario.scenario.empty()) scenario = arguments.scenario.load();
  const trace::Workload workload =
      trace::read_workload({arguments.files.begin(), arguments.files.end()},
                           {arguments.format, arguments.ranks, arguments.model_parallel});
  trace::LowerOptions options;
  options.placement = placement_of(arguments, scenario, workload.ranks);
  options.work = arguments.work;
  options.all_reduce = arguments.all_reduce;
  options.clock_hz = clock_of(arguments, scenario);
  const trace::RankPlacement& p = options.placement;
  const trace::Header header = trace::lowered_header(workload, options);
  trace::Writer writer(arguments.out, header);
  trace::Validator validator(header);
  trace::Statistics statistics;
  const trace::LowerSums sums = trace::lower(workload, options, [&](const trace::Record& record) {
    validator.add(record);
    writer.write(record);
    statistics.add(record);
  });
  validator.finish();
  writer.finish();
  for (const std::string& note : workload.notes) fmt::print(stderr, "note: {}\n", note);
  fmt::print("{}: {}\n", arguments.out, workload.description);
  fmt::print("{} ranks of {} x {} tiles, {} in a row: a rectangle of {} x {}\n", workload.ranks, p.tile_width,
             p.tile_height, std::min(p.columns, workload.ranks), header.columns, header.rows);
  fmt::print("{} steps: {} computations by operations, {} by duration, {} without work\n",
             workload.steps.size(), sums.as_operations, sums.as_duration, sums.without_work);
  fmt::print("{} B between ranks, {} B as whole words of tiles\n", sums.message_bytes, sums.moved_bytes);
  fmt::print("{} records, {} multiply-accumulates, {} wavelets sent\n", statistics.total().records,
             statistics.total().macs, statistics.total().wavelets);
}

struct ExportArguments {
  std::string trace;
  std::string out;
};

}  // namespace

void add_trace_export(CLI::App& trace_command) {
  const auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command = trace_command.add_subcommand(
      "export", "Write a training step's trace as a Chakra execution trace of one rank");
  command->add_option("TRACE", arguments->trace, "trace file")->required();
  command->add_option("-o,--out", arguments->out, "file to write, such as step.0.et")
      ->required()
      ->type_name("FILE");
  command->callback([arguments] {
    const std::uint64_t nodes = trace::export_chakra(arguments->trace, arguments->out);
    fmt::print("{}: {} nodes\n", arguments->out, nodes);
  });
}

void add_trace_import(CLI::App& trace_command) {
  const auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = trace_command.add_subcommand(
      "import", "Make a trace of a workload of ranks: Chakra ET, ASTRA-sim or SimAI text");
  command->add_option("FILE", arguments->files, "files of all ranks, or one for all")->required();
  command->add_option("-o,--out", arguments->out, "trace file to write")->required()->type_name("TRACE");
  static const std::map<std::string, trace::WorkloadFormat> kFormats{
      {"chakra", trace::WorkloadFormat::chakra},
      {"astra-sim", trace::WorkloadFormat::astra_sim},
      {"simai", trace::WorkloadFormat::simai}};
  command->add_option("--format", arguments->format, "of the files [as they look]")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("chakra|astra-sim|simai")
      ->option_text("chakra|astra-sim|simai");
  command->add_option("--ranks", arguments->ranks, "how many, where the files do not say")->type_name("N");
  command
      ->add_option("--model-parallel", arguments->model_parallel,
                   "ranks that share a layer, where a text does not say")
      ->type_name("N");
  command->add_option("--columns", arguments->columns, "ranks in a row of the grid [about a square]")
      ->type_name("N");
  command->add_option("--tiles", arguments->tiles, "of a rank [an equal share of the scenario's program]")
      ->type_name("WIDTHxHEIGHT|reticle")
      ->option_text("WIDTHxHEIGHT|reticle");
  command
      ->add_option("--scenario", arguments->scenario.scenario,
                   "whose hardware sets clock, reticles and the rectangle of all ranks")
      ->type_name("SCENARIO");
  command->add_option("--clock", arguments->clock, "of the PEs, for durations [850 MHz, or the scenario's]")
      ->type_name("FREQUENCY");
  static const std::map<std::string, trace::RankWork> kWorks{{"operations", trace::RankWork::operations},
                                                             {"duration", trace::RankWork::duration}};
  command->add_option("--work", arguments->work, "what a computation is that says both [operations]")
      ->transform(CLI::CheckedTransformer(kWorks))
      ->option_text("operations|duration");
  static const std::map<std::string, trace::AllReduce> kAllReduces{{"ring", trace::AllReduce::ring},
                                                                   {"line", trace::AllReduce::line}};
  command->add_option("--all-reduce", arguments->all_reduce, "algorithm of all-reduces [ring]")
      ->transform(CLI::CheckedTransformer(kAllReduces))
      ->option_text("ring|line");
  command->callback([arguments] { import(*arguments); });
}

}  // namespace waferloom::cli
