// SPDX-License-Identifier: Apache-2.0
#include "wafer/prepare/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "collectives/registry.hpp"
#include "core/config/origin.hpp"
#include "core/error.hpp"
#include "fabric/host_registry.hpp"
#include "kernels/compile.hpp"
#include "models/model.hpp"
#include "noc/traffic_table.hpp"
#include "trace/names.hpp"
#include "trace/place.hpp"
#include "wafer/program/groups.hpp"

namespace waferloom::wafer {

namespace {

/// A color goes one way through a tile.
void check_routes(const RoutePlan& plan, const std::vector<trace::Record>& records) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, core::Color>, std::size_t> known;
  for (std::size_t i = 0; i < plan.routes().size(); ++i) {
    const RoutePlan::TileRoute& each = plan.routes()[i];
    const auto [place, added] = known.try_emplace({each.at.x, each.at.y, each.color}, i);
    if (added || plan.routes()[place->second].route == each.route) continue;
    const trace::Record& other = records[plan.record_of(place->second)];
    trace::break_rule(
        records[plan.record_of(i)],
        "colors: color {} at tile ({}, {}): two routes contradict each other, this one and that of "
        "record {} ({})",
        each.color, each.at.x, each.at.y, other.id, other.name);
  }
}

/// Of a strategy's step on the wafer's first row alone.
void check_single_row(const RoutePlan& plan, const std::vector<trace::Record>& records) {
  try {
    check_routes(plan, records);
  } catch (const trace::RuleError&) {
    throw core::config::KeyError({"workload.rectangle", "fabric.program"},
                                 "expected more than one row, or a row between the rectangle and the north "
                                 "edge: gradients would leave "
                                 "where weights turn towards their columns; got row 0 alone");
  }
}

/// A strategy's records never contradict each other, but on a single row at the edge; those of a file may.
void lay(const Scenario& scenario, PreparedRun& run, bool keeps) {
  const std::vector<trace::Record>& records = run.trace.records;
  const bool from_file = !scenario.workload.trace.empty();
  // Routes of a full wafer are large, and fidelity burst has no use for them.
  keeps = keeps && scenario.fidelity != "burst";
  const bool single_row = run.program.y == 0 && run.program.height == 1;
  if (!keeps && !from_file && !single_row) {
    RoutePlan::check(scenario.hardware, run.program, records);
    return;
  }
  RoutePlan plan(scenario.hardware, run.program, records);
  if (from_file) {
    check_routes(plan, records);
  } else if (single_row) {
    check_single_row(plan, records);
  }
  if (keeps) run.routes.emplace(std::move(plan));
}

/// The optimizer's updates come one after the other, and simulated time has an end.
void check_updates(const Scenario& scenario, double parameters) {
  constexpr double kMostSeconds = 18446.0;            // of 2^64 fs, as far as the kernel's clock reaches
  constexpr double kMostCycles = 1125899906842624.0;  // 2^50, as of wafer/burst/engine/ticks.hpp
  const fabric::HostModel& host = fabric::find_host_model(scenario.host);
  if (host.rates == nullptr) return;
  const double seconds = parameters / fabric::rates_of(host, scenario.memoryx).optimizer_parameters_per_s;
  const double most = std::min(kMostSeconds, kMostCycles / scenario.hardware.pe.clock_hz);
  if (seconds <= most) return;
  throw core::config::KeyError(
      {"memoryx.optimizer_rate", "workload.model", "pe.clock"},
      fmt::format("expected updates of at most {:.5g} s together, as far as simulated time "
                  "reaches at this clock; {:.0f} parameters take {:.5g} s",
                  most, parameters, seconds));
}

double updated(const std::vector<trace::Record>& records) {
  double parameters = 0;
  for (const trace::Record& record : records) {
    if (record.kind == trace::Kind::update) parameters += static_cast<double>(record.parameters);
  }
  return parameters;
}

/// Of the steps among which `workload.auto` chooses, what holds for every one.
void check_choices(const Scenario& scenario) {
  static_cast<void>(whole_step(scenario));
  if (!scenario.workload.layers.empty() || !scenario.workload.phases.empty()) return;
  const auto model = scenario.model.of(scenario.workload.model);
  check_updates(scenario, static_cast<double>(models::count_parameters(*model).total));
}

void prepare_trace(const Scenario& scenario, PreparedRun& run, bool keeps) {
  run.trace = load_trace(scenario);
  run.program = program_rectangle(scenario);
  run.program.width = run.trace.header.columns;
  run.program.height = run.trace.header.rows;
  try {
    lay(scenario, run, keeps);
  } catch (const trace::RuleError& error) {
    if (!scenario.workload.trace.empty()) {
      throw core::InputError(trace::located(scenario.workload.trace, error));
    }
    throw core::config::KeyError({"workload.model", "workload.strategy", "workload.rectangle"}, error.what());
  }
  check_updates(scenario, updated(run.trace.records));
}

kernels::Kernel kernel_of(const Scenario& scenario) {
  return kernels::load_kernel(scenario.workload.kernel, scenario.workload.parameters);
}

void prepare_kernel(const Scenario& scenario, PreparedRun& run) {
  auto kernel = std::make_shared<const kernels::Kernel>(kernel_of(scenario));
  const core::Rectangle tiles = program_rectangle(scenario);
  run.kernel =
      kernels::compile(std::move(kernel), {tiles.x, tiles.y}, scenario.hardware.fabric, scenario.hardware.pe);
  run.program = run.kernel.area;
}

Chosen choose(const Scenario& scenario) {
  const Hardware& hardware = scenario.hardware;
  const ObserveParameters& observe = scenario.observe;
  Chosen chosen;
  if (!observe.waveform.signals.empty()) {
    chosen.signals = match_signals(hardware, observe.waveform.signals, kMostSignals, signal_choice(scenario));
  }
  const auto tiles_of = [&](const char* key, const std::vector<std::string>& tiles) {
    return tiles.empty() ? std::vector<core::Coordinate>{} : match_tiles(hardware, key, tiles);
  };
  chosen.track_tiles = tiles_of("observe.tracks.tiles", observe.tracks.tiles);
  chosen.log_tiles = tiles_of("observe.wavelet_log.tiles", observe.wavelet_log.tiles);
  return chosen;
}

/// What PEs work on has names once it is known.
void name_work(Chosen& chosen, const std::vector<std::string>& operations,
               const std::vector<std::string>& layers) {
  std::shared_ptr<const WorkNames> of_operations;
  std::shared_ptr<const WorkNames> of_layers;
  for (Signal& signal : chosen.signals) {
    if (signal.kind == Signal::Kind::pe_operation) {
      if (!of_operations) of_operations = std::make_shared<const WorkNames>(operations);
      signal.names = of_operations;
    } else if (signal.kind == Signal::Kind::pe_layer) {
      if (!of_layers) of_layers = std::make_shared<const WorkNames>(layers);
      signal.names = of_layers;
    }
  }
}

/// PEs' steps are tagged by groups of records.
void name_groups(PreparedRun& run) {
  const auto shows_work = [](const Signal& each) {
    return each.kind == Signal::Kind::pe_operation || each.kind == Signal::Kind::pe_layer;
  };
  if (std::none_of(run.observed.signals.begin(), run.observed.signals.end(), shows_work)) return;
  std::vector<std::string> operations;
  std::vector<std::string> layers;
  for (const Group& group : group_records(run.trace.records).groups) {
    operations.push_back(fmt::format("{}:{}", trace::name_of(group.phase), group.operation));
    const bool is_outside = group.layer == trace::kNoLayer;
    layers.push_back(is_outside ? std::string("outside_layers") : fmt::format("layer_{}", group.layer));
  }
  name_work(run.observed, operations, layers);
}

/// And those of kernels by tasks.
void name_tasks(PreparedRun& run) {
  std::vector<std::string> tasks;
  for (const kernels::Task& task : run.kernel.kernel->tasks) tasks.push_back(task.name);
  name_work(run.observed, tasks, {});
}

PreparedRun prepare_whole(const Scenario& scenario, bool keeps) {
  PreparedRun run;
  if (carries_packets(scenario)) {
    if (!scenario.traffic.table.empty()) {
      static_cast<void>(noc::TrafficTable::read_file(
          scenario.traffic.table, scenario.hardware.fabric.width * scenario.hardware.fabric.height,
          {scenario.traffic.table_format, scenario.traffic.packet_flits}));
    }
    return run;
  }
  run.observed = choose(scenario);
  if (scenario.collective.runs()) {
    run.program = collective_rectangle(scenario);
    run.plan = collectives::plan_collective(scenario.collective, run.program, scenario.hardware.fabric,
                                            scenario.hardware.pe);
  } else if (runs_kernel(scenario)) {
    prepare_kernel(scenario, run);
    name_tasks(run);
  } else if (scenario.workload.automatic != models::Automatic::none) {
    check_choices(scenario);
  } else {
    prepare_trace(scenario, run, keeps);
    name_groups(run);
  }
  return run;
}

}  // namespace

std::optional<std::int64_t> kernel_parameter(const Scenario& scenario, std::string_view name) {
  if (scenario.workload.kernel.empty()) return std::nullopt;
  const kernels::Kernel kernel = kernel_of(scenario);
  const auto found = std::find_if(kernel.parameters.begin(), kernel.parameters.end(),
                                  [&](const kernels::Parameter& each) { return each.name == name; });
  return found == kernel.parameters.end() ? std::nullopt : std::optional(found->value);
}

SignalChoice signal_choice(const Scenario& scenario) {
  const bool is_collective = scenario.collective.runs();
  return {scenario.fidelity == "burst", !is_collective, !is_collective && !runs_kernel(scenario)};
}

PreparedRun prepare(const Scenario& scenario) {
  return with_places(scenario, [&] { return prepare_whole(scenario, true); });
}

void check(const Scenario& scenario) { static_cast<void>(prepare_whole(scenario, false)); }

}  // namespace waferloom::wafer
