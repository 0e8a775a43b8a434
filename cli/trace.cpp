// SPDX-License-Identifier: Apache-2.0
// `waferloom trace`: makes traffic traces and looks into them.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/shell/one_of.hpp"
#include "cli/trace_import.hpp"
#include "core/units.hpp"
#include "trace/json.hpp"
#include "trace/names.hpp"
#include "trace/quantities.hpp"
#include "trace/reader.hpp"
#include "trace/seal.hpp"
#include "trace/statistics.hpp"
#include "trace/writer.hpp"
#include "wafer/scenario/lowering.hpp"

namespace waferloom::cli {

namespace {

struct BuildArguments {
  ScenarioArguments scenario;
  std::string out;
  Output output;
};

struct FileArguments {
  std::string file;
  bool json = false;
  Output output{};
};

struct ShowArguments : FileArguments {
  std::optional<std::uint32_t> layer;
  std::string phase;
  std::string operation;
};

struct SealArguments {
  std::string in;
  std::string out;
};

void add_file(CLI::App& command, std::string& file) {
  command.add_option("TRACE", file, "trace file")->required();
}

std::string layer_name(std::uint32_t layer) {
  return layer == trace::kNoLayer ? std::string("-") : std::to_string(layer);
}

void build(const BuildArguments& arguments) {
  const wafer::Scenario scenario = arguments.scenario.load();
  trace::Statistics statistics;
  wafer::with_places(scenario, [&] {
    // The header is known before the records, so that these need not be kept.
    trace::Writer writer(arguments.out, wafer::trace_header(scenario));
    wafer::lower_scenario(scenario, [&](const trace::Record& record) {
      writer.write(record);
      statistics.add(record);
    });
    writer.finish();
  });
  arguments.output.print("{}: {}, {}, {} sent\n", arguments.out,
                         core::counted(statistics.total().records, "record"),
                         core::counted(statistics.total().macs, "multiply-accumulate"),
                         core::counted(statistics.total().wavelets, "wavelet"));
}

void show_line(const trace::Record& record) {
  fmt::print("{:>6}  {:>5}  {:<15}  {:<10}  {:<16}  {:>4}x{:<4} +{},{}  {:>7}  {:>14}  {:>16}  {}\n",
             record.id, layer_name(record.layer), trace::name_of(record.phase), trace::name_of(record.kind),
             record.operation, record.area.width, record.area.height, record.area.x, record.area.y,
             record.blocks, trace::sent_wavelets(record), trace::total_macs(record), record.name);
}

void show(const ShowArguments& arguments) {
  trace::Reader reader(arguments.file);
  if (arguments.json) {
    fmt::print("{}\n", trace::to_json(reader.header()).dump());
  } else {
    const trace::Header& h = reader.header();
    fmt::print("{}, {}, {} x {} tiles, batch {}, sequence {}, {} parameters\n{}\n\n", h.model, h.strategy,
               h.columns, h.rows, h.batch, h.sequence, h.parameters, h.description);
    fmt::print("{:>6}  {:>5}  {:<15}  {:<10}  {:<16}  {:<14}  {:>7}  {:>14}  {:>16}  {}\n", "record", "layer",
               "phase", "kind", "operation", "area", "blocks", "wavelets", "MACs", "name");
  }
  for (trace::Record record; reader.next(record);) {
    if (arguments.layer && record.layer != *arguments.layer) continue;
    if (!arguments.phase.empty() && trace::name_of(record.phase) != arguments.phase) continue;
    if (!arguments.operation.empty() && record.operation != arguments.operation) continue;
    if (arguments.json) {
      fmt::print("{}\n", trace::to_json(record).dump());
    } else {
      show_line(record);
    }
  }
}

nlohmann::ordered_json to_json(const trace::Totals& totals) {
  return {{"records", totals.records},
          {"macs", totals.macs},
          {"wavelets", totals.wavelets},
          {"bytes_in", totals.bytes_in},
          {"bytes_out", totals.bytes_out},
          {"parameters_in", totals.parameters_in},
          {"parameters_out", totals.parameters_out}};
}

void print_totals(const std::string& layer, std::string_view phase, const std::string& operation,
                  const trace::Totals& t) {
  fmt::print("{:>5}  {:<15}  {:<16}  {:>7}  {:>18}  {:>14}  {:>14}  {:>14}\n", layer, phase, operation,
             t.records, t.macs, t.wavelets, t.bytes_in, t.bytes_out);
}

void print_statistics(const FileArguments& arguments) {
  trace::Reader reader(arguments.file);
  trace::Statistics statistics;
  for (trace::Record record; reader.next(record);) statistics.add(record);
  if (arguments.json) {
    nlohmann::ordered_json operations = nlohmann::ordered_json::array();
    for (const trace::OperationTotals& o : statistics.operations()) {
      nlohmann::ordered_json entry = to_json(o);
      entry["layer"] =
          o.layer == trace::kNoLayer ? nlohmann::ordered_json() : nlohmann::ordered_json(o.layer);
      entry["phase"] = trace::name_of(o.phase);
      entry["operation"] = o.operation;
      operations.push_back(std::move(entry));
    }
    nlohmann::ordered_json all = {{"header", trace::to_json(reader.header())},
                                  {"total", to_json(statistics.total())},
                                  {"operations", std::move(operations)}};
    fmt::print("{}\n", all.dump(2));
    return;
  }
  fmt::print("{:>5}  {:<15}  {:<16}  {:>7}  {:>18}  {:>14}  {:>14}  {:>14}\n", "layer", "phase", "operation",
             "records", "MACs", "wavelets", "bytes in", "bytes out");
  for (const trace::OperationTotals& o : statistics.operations()) {
    print_totals(layer_name(o.layer), trace::name_of(o.phase), o.operation, o);
  }
  print_totals("total", "", "", statistics.total());
}

void validate(const FileArguments& arguments) {
  trace::Reader reader(arguments.file);
  std::uint64_t records = 0;
  for (trace::Record record; reader.next(record);) ++records;
  arguments.output.print("{}: valid, {}\n", arguments.file, core::counted(records, "record"));
}

}  // namespace

void add_trace_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("trace", "Make traffic traces and look into them");
  command->require_subcommand(1);

  const auto build_arguments = std::make_shared<BuildArguments>();
  CLI::App* build_command = command->add_subcommand("build", "Lower a scenario's model to a trace file");
  add_scenario_arguments(*build_command, build_arguments->scenario);
  build_command->add_option("-o,--out", build_arguments->out, "trace file to write")
      ->required()
      ->type_name("TRACE");
  add_quiet_option(*build_command, build_arguments->output);
  build_command->callback([build_arguments] { build(*build_arguments); });

  add_trace_import(*command);
  add_trace_export(*command);

  const auto show_arguments = std::make_shared<ShowArguments>();
  CLI::App* show_command = command->add_subcommand("show", "List the records of a trace");
  add_file(*show_command, show_arguments->file);
  show_command->add_option("--layer", show_arguments->layer, "only this layer")->type_name("N");
  show_command->add_option("--phase", show_arguments->phase, "only this phase")
      ->check(one_of({"forward", "backward_input", "backward_weight", "update"}));
  show_command->add_option("--operation", show_arguments->operation, "only this operation")
      ->type_name("NAME");
  show_command->add_flag("--json", show_arguments->json, "one JSON object a line, as in the file");
  show_command->callback([show_arguments] { show(*show_arguments); });

  const auto stats_arguments = std::make_shared<FileArguments>();
  CLI::App* stats_command = command->add_subcommand("stats", "Sum a trace up by layer, phase and operation");
  add_file(*stats_command, stats_arguments->file);
  stats_command->add_flag("--json", stats_arguments->json, "as JSON");
  stats_command->callback([stats_arguments] { print_statistics(*stats_arguments); });

  const auto validate_arguments = std::make_shared<FileArguments>();
  CLI::App* validate_command = command->add_subcommand("validate", "Check a trace from beginning to end");
  add_file(*validate_command, validate_arguments->file);
  add_quiet_option(*validate_command, validate_arguments->output);
  validate_command->callback([validate_arguments] { validate(*validate_arguments); });

  const auto seal_arguments = std::make_shared<SealArguments>();
  CLI::App* seal_command = command->add_subcommand(
      "seal", "Make a valid trace of one edited by hand: checksums and end line anew");
  seal_command->add_option("IN", seal_arguments->in, "edited trace")->required();
  seal_command->add_option("OUT", seal_arguments->out, "trace file to write")->required();
  seal_command->callback([seal_arguments] { trace::seal(seal_arguments->in, seal_arguments->out); });
}

}  // namespace waferloom::cli
