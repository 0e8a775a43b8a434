// SPDX-License-Identifier: Apache-2.0
#include "results/report_files.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/registry.hpp"
#include "fabric/host_registry.hpp"
#include "fabric/io_plan.hpp"
#include "fabric/parameters.hpp"
#include "models/strategy.hpp"
#include "results/metric.hpp"
#include "results/plan_json.hpp"
#include "results/tables.hpp"
#include "results/timeline/levels.hpp"
#include "results/timeline/phases.hpp"
#include "results/timeline/timeline.hpp"
#include "trace/names.hpp"
#include "trace/sram_plan.hpp"

namespace waferloom::results {

using nlohmann::ordered_json;

wafer::Energy energy_of(const wafer::GroupResult& group, const wafer::Scenario& scenario) {
  return wafer::energy_of(group.group, group.busy_cycles, group.hops, scenario.workload.precision,
                          scenario.energy);
}

namespace {

ordered_json names_of(const std::vector<wafer::Bound>& bounds) {
  ordered_json names = ordered_json::array();
  for (const wafer::Bound bound : bounds) names.push_back(wafer::name_of(bound));
  return names;
}

/// Shares by resource, as every group and phase has them.
ordered_json utilization(const wafer::Shares& shares) {
  ordered_json json;
  for (std::size_t s = 0; s < wafer::kShares; ++s)
    json[std::string(wafer::kShareNames[s])] = shares.values[s];
  return json;
}

double seconds(core::Cycle cycles, const wafer::RunResult& result) {
  return static_cast<double>(cycles) / result.clock_hz;
}

double peak_macs_per_cycle(const wafer::Scenario& scenario) {
  switch (scenario.workload.precision) {
    case trace::Precision::fp16:
      return scenario.hardware.pe.fp16_macs_per_cycle;
    case trace::Precision::mixed:
      return scenario.hardware.pe.mixed_macs_per_cycle;
    case trace::Precision::fp32:
      return scenario.hardware.pe.fp32_macs_per_cycle;
  }
  return 1;
}

double share_of_peak(const wafer::Scenario& scenario, const wafer::RunResult& result) {
  const auto pes = static_cast<double>(wafer::program_rectangle(scenario).area());
  const double possible = static_cast<double>(result.cycles) * pes * peak_macs_per_cycle(scenario);
  return possible > 0 ? static_cast<double>(result.macs) / possible : 0;
}

/// Whether all phases are there, and what lies outside of the layers; of a strategy that the program does not know,
/// its trace is all there is.
bool is_whole_step(const trace::Header& header, const std::vector<wafer::GroupResult>& groups) {
  if (core::find_named(models::strategies(), header.strategy) == nullptr) return true;
  const auto has = [&](const auto& what) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](const wafer::GroupResult& each) { return what(each.group); });
  };
  const auto has_phase = [&](trace::Phase phase) {
    return has([phase](const wafer::Group& group) { return group.phase == phase; });
  };
  return has([](const wafer::Group& group) { return group.layer == trace::kNoLayer; }) &&
         has_phase(trace::Phase::forward) && has_phase(trace::Phase::backward_input) &&
         has_phase(trace::Phase::backward_weight) && has_phase(trace::Phase::update);
}

wafer::Energy total_energy(const wafer::RunResult& result, const wafer::Scenario& scenario) {
  wafer::Energy energy;
  for (const wafer::GroupResult& group : result.groups) energy += energy_of(group, scenario);
  const std::uint64_t tiles = std::uint64_t{scenario.hardware.fabric.width} * scenario.hardware.fabric.height;
  energy.idle = wafer::idle_energy(tiles, seconds(result.cycles, result), scenario.energy);
  return energy;
}

/// The highest level of the power over time.
double peak_power(const wafer::Scenario& scenario, const wafer::RunResult& result) {
  double most = 0;
  for (const Level& level : power_levels(scenario, result).levels) most = std::max(most, level.value);
  return most;
}

ordered_json energy_json(const wafer::Energy& energy, double time_s, double peak_w) {
  return {{"total", metric(energy.total(), "J")},
          {"components",
           {{"pe", metric(energy.pe, "J")},
            {"sram", metric(energy.sram, "J")},
            {"fabric", metric(energy.fabric, "J")},
            {"io", metric(energy.io, "J")},
            {"idle", metric(energy.idle, "J")}}},
          {"average_power", metric(time_s > 0 ? energy.total() / time_s : 0, "W")},
          {"peak_power", metric(peak_w, "W")}};
}

ordered_json choice_json(const burst::Choice& choice) {
  const auto settings = [](const burst::Candidate& candidate) {
    ordered_json recomputed = ordered_json::array();
    for (const models::LayerPart part : candidate.recomputed) recomputed.push_back(models::name_of(part));
    return ordered_json{{"lanes", candidate.lanes},
                        {"micro_batch", candidate.micro_batch},
                        {"activations", models::name_of(candidate.activations)},
                        {"lane_copies", models::name_of(candidate.lane_copies)},
                        {"parts", candidate.parts},
                        {"recomputed", recomputed.empty() ? ordered_json("all") : recomputed},
                        {"recomputed_layers", candidate.recomputed_layers},
                        {"input_every", candidate.input_every},
                        {"spilled_layers", candidate.spilled_layers}};
  };
  ordered_json json = settings(choice.candidates[choice.taken]);
  for (const burst::Candidate& candidate : choice.candidates) {
    ordered_json entry = settings(candidate);
    if (candidate.coarse_cycles != 0) entry["coarse_cycles"] = metric(candidate.coarse_cycles, "cycle");
    if (candidate.cycles != 0) entry["cycles"] = metric(candidate.cycles, "cycle");
    if (candidate.at_least != 0) entry["at_least"] = metric(candidate.at_least, "cycle");
    if (candidate.given_up) entry["given_up"] = true;
    if (!candidate.refused.empty()) entry["refused"] = candidate.refused;
    json["candidates"].push_back(std::move(entry));
  }
  return json;
}

/// What the grid of fidelity burst makes of lanes that are wider than it has columns for.
std::string lanes_on_grid(const wafer::Scenario& scenario) {
  // Up to so many columns a lane, the time still grows with them.
  constexpr std::uint32_t kFine = 40;
  const std::uint32_t lanes = scenario.workload.lanes;
  const std::uint32_t tiles = scenario.burst.tiles;
  if (lanes < 2 || tiles == 0 || tiles >= lanes * kFine) return "";
  if (wafer::program_rectangle(scenario).width <= tiles) return "";
  return "lanes have few columns each on the grid: such steps are told up to 1 % faster than on a fine one "
         "(docs/fidelity.md)";
}

/// The I/O channels that serve the program's columns.
std::vector<fabric::ChannelSegment> channels_of(const wafer::Scenario& scenario) {
  const core::Rectangle area = wafer::program_rectangle(scenario);
  return fabric::assign_columns(area.x, area.width, scenario.hardware.io.channels,
                                scenario.hardware.fabric.width);
}

/// What fidelity burst makes of a channel that serves columns of two lanes, each with copies of its own.
std::string lanes_on_a_channel(const wafer::Scenario& scenario) {
  const std::uint32_t lanes = scenario.workload.lanes;
  if (lanes < 2 || scenario.workload.lane_copies != models::LaneCopies::io) return "";
  const std::vector<fabric::ChannelSegment> segments = channels_of(scenario);
  const std::uint32_t width = wafer::program_rectangle(scenario).width / lanes;
  const auto lane = [&](std::uint32_t column) { return column / width; };
  const bool any = std::any_of(segments.begin(), segments.end(), [&](const fabric::ChannelSegment& segment) {
    return lane(segment.begin) != lane(segment.begin + segment.count - 1);
  });
  if (!any) return "";
  return "I/O channels serve columns of two lanes, each with copies of its own: streams that bring such a "
         "channel no more than its buffer holds are told up to 14 % too slow (docs/fidelity.md)";
}

/// How channels share the host at fidelity burst, as far as that is not what they do.
std::string shared_host(const wafer::Scenario& scenario) {
  const wafer::Hardware& hardware = scenario.hardware;
  const std::size_t channels = channels_of(scenario).size();
  const double clock_hz = hardware.pe.clock_hz;
  const double all = static_cast<double>(channels) * channel_rate(hardware.fabric, hardware.io, clock_hz) *
                     core::kWaveletBits * clock_hz;
  const double host =
      fabric::rates_of(fabric::find_host_model(scenario.host), scenario.memoryx).bandwidth_bits_per_s;
  constexpr double kSlower = 1 - 1e-9;
  if (host >= kSlower * all) {
    if (channels == 1 || host >= fabric::kUnlimitedRate) return "";
    return fmt::format(
        "each of {} channels has its own share of the host: that it waits for others' requests is not "
        "followed",
        channels);
  }
  // The grid may have too few columns to follow each.
  if (scenario.burst.tiles == 0 || scenario.burst.tiles >= channels) return "";
  return fmt::format(
      "of {} channels that wait for each other's words of the host those of {} columns are "
      "followed, which misjudges how far each is ahead by up to its io.buffer",
      channels, scenario.burst.tiles);
}

ordered_json approximations(const wafer::Scenario& scenario, const trace::Header& header,
                            const wafer::RunResult& result) {
  ordered_json list =
      ordered_json::array({"operands of vector operations lie in SRAM banks that do not conflict",
                           "instruction fetch and the program's loading take no time",
                           "switches, filters and task tables are set up before the run"});
  if (scenario.fidelity == "burst") {
    list.push_back(
        "transfers of whole blocks with head, tail and rate stand for wavelets (docs/fidelity.md)");
    if (const std::string host = shared_host(scenario); !host.empty()) list.push_back(host);
    if (const std::string lanes = lanes_on_grid(scenario); !lanes.empty()) list.push_back(lanes);
    if (const std::string shared = lanes_on_a_channel(scenario); !shared.empty()) list.push_back(shared);
    if (scenario.hardware.fabric.turn_latency_cycles != 0) list.push_back("turns of streams take no time");
    if (result.grid_columns < header.columns || result.grid_rows < header.rows) {
      list.push_back(fmt::format("a grid of {} x {} tiles stands for the {} x {} of the program",
                                 result.grid_columns, result.grid_rows, header.columns, header.rows));
    }
  }
  return list;
}

}  // namespace

std::string layers_csv(const wafer::Scenario& scenario, const wafer::RunResult& result) {
  std::string text;
  TextParts parts([&](std::string_view part) { text += part; });
  CsvRows rows(kLayerColumns, parts);
  const std::vector<double> own = own_cycles(result.groups);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const wafer::GroupResult& g = result.groups[i];
    rows.put(LayerRow{0, g, own[i], seconds(g.cycles(), result), energy_of(g, scenario).total()});
  }
  parts.flush();
  return text;
}

void links_csv(const std::vector<wafer::TileResult>& tiles, core::Cycle total_cycles, double link_cycles,
               TextParts& text) {
  text.put("x,y,direction,wavelets,utilization\n");
  const auto cycles = static_cast<double>(std::max<core::Cycle>(total_cycles, 1));
  std::array<KnownTexts, core::kDirections> ends;
  for (const wafer::TileResult& tile : tiles) {
    const std::string place = fmt::format(FMT_COMPILE("{},{}"), tile.at.x, tile.at.y);
    for (std::size_t d = 0; d < core::kDirections; ++d) {
      const std::uint64_t sent = tile.sent[d];
      if (sent == 0) continue;
      text.put(place).put(ends[d].of(sent, [&] {
        return fmt::format(",{},{},{:.6f}\n", core::name_of(static_cast<core::Direction>(d)), sent,
                           static_cast<double>(sent) * (d < core::kNeighbours ? link_cycles : 1) / cycles);
      }));
    }
  }
}

void sram_plan_csv(const std::vector<trace::Record>& records, const wafer::RunResult& result,
                   TextParts& text) {
  CsvRows rows(kSramPlanColumns, text);
  const trace::SramPlan plan = trace::fullest_sram_plan(records);
  std::vector<const wafer::RecordResult*> times(records.size());
  for (const wafer::RecordResult& record : result.records) times[record.record] = &record;
  constexpr std::uint32_t kMicroBatches = 2;
  for (const trace::SramPlan::Tensor& tensor : plan.tensors) {
    if (records[tensor.first].micro_batch >= kMicroBatches) continue;
    const bool stays = tensor.last == trace::kNoRecord;
    const core::Cycle start = times[tensor.first] == nullptr ? 0 : times[tensor.first]->start;
    const core::Cycle end = stays || times[tensor.last] == nullptr ? result.cycles : times[tensor.last]->end;
    rows.put(SramPlanRow{tensor, start, end});
  }
}

void link_samples_csv(const wafer::LinkSamples& links, TextParts& text) {
  text.put("begin_cycle,end_cycle,x,y,columns,rows,north,south,west,east\n");
  for (const wafer::LinkSamples::Sample& sample : links.samples) {
    const std::string time = fmt::format("{},{},", sample.begin, sample.end);
    for (std::size_t b = 0; b < sample.cells.size(); ++b) {
      const auto& sent = sample.cells[b];
      if (std::all_of(sent.begin(), sent.end(), [](std::uint64_t count) { return count == 0; })) continue;
      const core::Rectangle cell = links.cell(b);
      text.put(time).put(cell.x).put(',').put(cell.y).put(',').put(cell.width).put(',').put(cell.height);
      for (const std::uint64_t count : sent) text.put(',').put(count);
      text.put('\n');
    }
  }
}

void tiles_csv(const std::vector<wafer::TileResult>& tiles, core::Cycle total_cycles, core::Rectangle program,
               TextParts& text) {
  const auto cycles = static_cast<double>(std::max<core::Cycle>(total_cycles, 1));
  CsvRows rows(kTileColumns, text);
  for (const wafer::TileResult& tile : tiles) {
    if (program.contains(tile.at)) rows.put(TileRow{tile, cycles});
  }
}

ordered_json result_json(const wafer::Scenario& scenario, const trace::Header& header,
                         const wafer::RunResult& result, const burst::Choice& choice,
                         const std::vector<std::string>& folded) {
  ordered_json json = result_head(scenario);
  json["folded"] = folded;
  if (!choice.candidates.empty()) json["choice"] = choice_json(choice);
  json["approximations"] = approximations(scenario, header, result);
  json["trace"] = {
      {"model", header.model},   {"strategy", header.strategy},     {"columns", header.columns},
      {"rows", header.rows},     {"batch", header.batch},           {"sequence", header.sequence},
      {"tokens", header.tokens}, {"parameters", header.parameters}, {"description", header.description}};
  const double time_s = seconds(result.cycles, result);
  ordered_json metrics;
  metrics["time"] = metric(time_s, "s");
  metrics["cycles"] = metric(result.cycles, "cycle");
  // What is left out of a step takes time as well: the rest of it says nothing of tokens. A trace from elsewhere may
  // have none.
  const bool whole = header.tokens != 0 && is_whole_step(header, result.groups);
  if (whole) {
    metrics["tokens_per_second"] =
        metric(time_s > 0 ? static_cast<double>(header.tokens) / time_s : 0, "1/s");
  }
  metrics["multiply_accumulates"] = metric(result.macs, "MAC");
  metrics["sustained_flops"] =
      metric(time_s > 0 ? 2.0 * static_cast<double>(result.macs) / time_s : 0, "FLOP/s");
  metrics["share_of_peak"] = metric(share_of_peak(scenario, result), "1");
  metrics["wavelet_hops"] = metric(result.hops, "wavelet");
  metrics["wavelets_injected"] = metric(result.wavelets_injected, "wavelet");
  metrics["wavelets_delivered"] = metric(result.wavelets_delivered, "wavelet");
  metrics["bytes_in"] = metric(result.words_in * 4, "B");
  metrics["bytes_out"] = metric(result.words_out * 4, "B");
  if (whole) {
    metrics["samples_per_second"] =
        metric(time_s > 0 ? static_cast<double>(header.batch) / time_s : 0, "1/s");
  }
  const double energy_j = total_energy(result, scenario).total();
  metrics["energy"] = metric(energy_j, "J");
  metrics["average_power"] = metric(time_s > 0 ? energy_j / time_s : 0, "W");
  metrics["sram_high_water"] = metric(std::uint64_t{result.sram_high_water}, "B");
  json["metrics"] = metrics;
  json["energy"] = energy_json(total_energy(result, scenario), time_s, peak_power(scenario, result));
  for (const PhaseSummary& phase : summarize_phases(result.groups)) {
    json["phases"].push_back({{"phase", name_of(phase.phase)},
                              {"time", metric(seconds(phase.cycles, result), "s")},
                              {"cycles", metric(phase.cycles, "cycle")},
                              {"own_cycles", metric(phase.own_cycles, "cycle")},
                              {"multiply_accumulates", metric(phase.macs, "MAC")},
                              {"bound", wafer::name_of(phase.bound)},
                              {"ties", names_of(phase.ties)},
                              {"utilization", utilization(phase.shares)}});
  }
  for (const auto& [bound, cycles] : time_by_bound(result.groups)) {
    json["time_by_bound"][std::string(wafer::name_of(bound))] =
        result.cycles > 0 ? cycles / static_cast<double>(result.cycles) : 0;
  }
  const std::vector<double> own = own_cycles(result.groups);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const wafer::GroupResult& g = result.groups[i];
    ordered_json entry;
    if (g.group.layer != trace::kNoLayer) entry["layer"] = g.group.layer;
    entry["phase"] = name_of(g.group.phase);
    entry["operation"] = g.group.operation;
    entry["start"] = metric(g.start, "cycle");
    entry["cycles"] = metric(g.cycles(), "cycle");
    entry["own_cycles"] = metric(own[i], "cycle");
    entry["multiply_accumulates"] = metric(g.group.macs, "MAC");
    entry["bound"] = wafer::name_of(g.bound);
    entry["ties"] = names_of(g.ties);
    entry["energy"] = metric(energy_of(g, scenario).total(), "J");
    entry["utilization"] = utilization(g.shares);
    json["operations"].push_back(std::move(entry));
  }
  json["configuration"] = configuration_of_results(scenario);
  return json;
}

ordered_json host_json(const wafer::Scenario& scenario, const HostTimes& times) {
  const auto rate = [&](std::uint64_t count) {
    return metric(times.simulation_s > 0 ? static_cast<double>(count) / times.simulation_s : 0, "1/s");
  };
  ordered_json json{{"elaboration", metric(times.elaboration_s, "s")},
                    {"simulation", metric(times.simulation_s, "s")},
                    {"wavelet_hops_per_second", rate(times.hops)}};
  if (times.transfers != 0) {
    json["transfers"] = metric(times.transfers, "transfer");
    json["transfers_per_second"] = rate(times.transfers);
  }
  json["configuration"] = {{"simulation", wafer::effective_json(scenario)["simulation"]}};
  return json;
}

}  // namespace waferloom::results
