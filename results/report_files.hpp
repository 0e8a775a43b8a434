// SPDX-License-Identifier: Apache-2.0
// The contents of a run's files; docs/results.md describes them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "results/text_parts.hpp"
#include "trace/record.hpp"
#include "wafer/burst/choice.hpp"
#include "wafer/program/result/energy.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

/// Energy of an operation's own work.
[[nodiscard]] wafer::Energy energy_of(const wafer::GroupResult& group, const wafer::Scenario& scenario);

/// One row per group of records, in the order of the trace.
[[nodiscard]] std::string layers_csv(const wafer::Scenario& scenario, const wafer::RunResult& result);
/// One row per link that carried wavelets.
void links_csv(const std::vector<wafer::TileResult>& tiles, core::Cycle total_cycles, double link_cycles,
               TextParts& text);
/// One row per sample and cell of tiles whose links carried wavelets.
void link_samples_csv(const wafer::LinkSamples& links, TextParts& text);
/// One row per tile of the program.
void tiles_csv(const std::vector<wafer::TileResult>& tiles, core::Cycle total_cycles, core::Rectangle program,
               TextParts& text);
/// One row per tensor of the fullest tile's SRAM: from the begin of the record that takes it to the end of the one that
/// releases it. Of the first two micro-batches; the others are like the second.
void sram_plan_csv(const std::vector<trace::Record>& records, const wafer::RunResult& result,
                   TextParts& text);
/// Metrics with units, per phase and group and component; the effective configuration; version and seed. `choice` and
/// `folded`: how fidelity `burst` simulated it.
[[nodiscard]] nlohmann::ordered_json result_json(const wafer::Scenario& scenario, const trace::Header& header,
                                                 const wafer::RunResult& result, const burst::Choice& choice,
                                                 const std::vector<std::string>& folded);
struct HostTimes {
  double elaboration_s = 0;
  double simulation_s = 0;
  std::uint64_t hops = 0;
  std::uint64_t transfers = 0;  ///< simulated at fidelity burst
};
/// What depends on the host.
[[nodiscard]] nlohmann::ordered_json host_json(const wafer::Scenario& scenario, const HostTimes& times);

}  // namespace waferloom::results
