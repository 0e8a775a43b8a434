// SPDX-License-Identifier: Apache-2.0
#include "tests/property/case_run.hpp"

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "results/report_files.hpp"
#include "tests/property/balance.hpp"
#include "tests/support/forked.hpp"
#include "trace/names.hpp"
#include "wafer/burst/fold.hpp"
#include "wafer/prepare/prepare.hpp"
#include "wafer/wavelet/simulation.hpp"

namespace waferloom::property {

namespace {

burst::Outcome simulate(const wafer::Scenario& scenario, const wafer::PreparedRun& prepared) {
  const std::atomic<bool> stop = false;
  if (scenario.fidelity == "burst") {
    burst::Simulator simulator("wafer");
    return burst::simulate(simulator, scenario, {prepared.trace, prepared.program, true}, stop, nullptr);
  }
  return {wafer::simulate({scenario.hardware,
                           {scenario.memoryx, scenario.host},
                           scenario.simulation,
                           prepared.program,
                           prepared.trace.records,
                           {},
                           scenario.observe.link_samples},
                          stop, nullptr, {}, &*prepared.routes),
          {},
          0};
}

/// What crosses which link, enters which tile and leaves the wafer for which operation.
std::string counts_text(const wafer::RunResult& result) {
  std::string text =
      fmt::format("macs {} hops {} in {} out {} injected {} delivered {}\n", result.macs, result.hops,
                  result.words_in, result.words_out, result.wavelets_injected, result.wavelets_delivered);
  for (const wafer::TileResult& tile : result.tiles) {
    text += fmt::format("tile {} {} received {} injected {} sent", tile.at.x, tile.at.y, tile.received,
                        tile.injected);
    for (const std::uint64_t sent : tile.sent) text += fmt::format(" {}", sent);
    text += '\n';
  }
  for (const wafer::GroupResult& group : result.groups) {
    text +=
        fmt::format("{} {} {} {} hops {} macs {}\n", group.group.micro_batch, group.group.layer,
                    trace::name_of(group.group.phase), group.group.operation, group.hops, group.group.macs);
  }
  return text;
}

std::string results_text(const wafer::Scenario& scenario, nlohmann::ordered_json json,
                         const wafer::RunResult& result, core::Rectangle program) {
  json.erase("configuration");
  std::string text = json.dump(1) + "\n" + results::layers_csv(scenario, result);
  results::TextParts parts([&](std::string_view part) { text += part; });
  results::links_csv(result.tiles, result.cycles, scenario.hardware.fabric.link_cycles(), parts);
  results::tiles_csv(result.tiles, result.cycles, program, parts);
  parts.flush();
  return text;
}

nlohmann::json done(const wafer::Scenario& scenario) {
  const wafer::PreparedRun prepared = wafer::prepare(scenario);
  const burst::Outcome outcome = simulate(scenario, prepared);
  const wafer::RunResult& result = outcome.result;
  const nlohmann::ordered_json json =
      results::result_json(scenario, prepared.trace.header, result, {}, outcome.folded);
  return {{"cycles", result.cycles},
          {"time", static_cast<double>(result.cycles) / result.clock_hz},
          {"wrong", imbalances({scenario, prepared.program, prepared.trace, result, json})},
          {"counts", counts_text(result)},
          {"results", results_text(scenario, json, result, prepared.program)}};
}

/// In the child: what `run_case` tells, as text.
std::string report_of(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  nlohmann::json report;
  try {
    const wafer::Scenario scenario = wafer::load_scenario(file, settings);
    report = done(scenario);
  } catch (const core::Error& error) {
    report = {{"status", static_cast<int>(error.status())}, {"message", error.what()}};
  }
  return report.dump();
}

End end_of(int status) {
  if (status == static_cast<int>(core::ExitStatus::bad_input)) return End::refused;
  return status == static_cast<int>(core::ExitStatus::stuck) ? End::stuck : End::fault;
}

}  // namespace

Facts run_case(const Case& of, const std::filesystem::path& scratch, const std::vector<std::string>& settings,
               bool reversed) {
  const std::filesystem::path file = of.write(scratch, reversed);
  const std::string text = test::in_child([&] { return report_of(file, settings); });
  Facts facts;
  const nlohmann::json report = nlohmann::json::parse(text, nullptr, false);
  if (report.is_discarded()) {
    facts.message = text;
    return facts;
  }
  if (report.contains("status")) {
    facts.end = end_of(report["status"].get<int>());
    facts.message = report["message"].get<std::string>();
    return facts;
  }
  facts.end = End::done;
  facts.cycles = report["cycles"].get<std::uint64_t>();
  facts.time_s = report["time"].get<double>();
  facts.wrong = report["wrong"].get<std::vector<std::string>>();
  facts.counts = report["counts"].get<std::string>();
  facts.results = report["results"].get<std::string>();
  return facts;
}

}  // namespace waferloom::property
