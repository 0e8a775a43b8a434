// SPDX-License-Identifier: Apache-2.0
#include "wafer/scenario/scenario_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/config/origin.hpp"
#include "core/data_path.hpp"
#include "fabric/host_registry.hpp"
#include "fabric/limits.hpp"
#include "models/model.hpp"
#include "noc/traffic_pattern.hpp"

namespace waferloom::wafer {

namespace {

using core::config::Location;
using core::config::Problems;
using core::config::Settings;

class Checks {
 public:
  Checks(const Settings& settings, const Location& fallback, Problems& problems)
      : settings_(settings), fallback_(fallback), problems_(problems) {}

  /// Adds `message` about the first of `keys` where the one set last stands, unless one of them is faulty.
  void complain(const std::vector<std::string>& keys, const std::string& message) {
    if (std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return problems_.concerns(key); }))
      return;
    const Location* where = core::config::place_of(keys, settings_);
    found_.push_back({where != nullptr ? *where : fallback_, keys.front(), message});
  }

  /// Reports at the end, so that one complaint does not silence the next about the same key.
  void report() const {
    for (const Found& each : found_) problems_.add(each.where, each.key, each.message);
  }

  bool was_set(const std::string& key) const { return settings_.find(key) != settings_.end(); }
  /// The first key of a section that was set, or empty.
  std::string first_set_in(const std::string& section) const {
    const auto found = settings_.lower_bound(section + ".");
    return found != settings_.end() && found->first.starts_with(section + ".") ? found->first : std::string();
  }

 private:
  struct Found {
    Location where;
    std::string key;
    std::string message;
  };
  const Settings& settings_;
  const Location& fallback_;
  Problems& problems_;
  std::vector<Found> found_;
};

/// One dimension of the mesh: its names, the wafer's extent, and the spans of the program area and rectangle.
struct Axis {
  const char* tiles;
  std::string begin;
  std::string extent;
  std::uint64_t fabric;
  std::uint64_t program_begin, program_extent;
  std::uint64_t begin_value, extent_value;
  std::string rectangle;  ///< key
};

std::string span(const Axis& axis, std::uint64_t begin, std::uint64_t extent) {
  return fmt::format("{} {} to {}", axis.tiles, begin, begin + extent - 1);
}

void check_axis(Checks& checks, const Axis& axis, bool has_rectangle) {
  const std::string fabric_key = "fabric." + axis.extent;
  const std::string program_begin_key = "fabric.program." + axis.begin;
  const std::string program_extent_key = "fabric.program." + axis.extent;
  const std::string begin_key = axis.rectangle + "." + axis.begin;
  const std::string extent_key = axis.rectangle + "." + axis.extent;
  const std::string of_wafer =
      fmt::format("{} of the wafer ({} is {})", span(axis, 0, axis.fabric), fabric_key, axis.fabric);
  const bool program_fits = axis.program_begin + axis.program_extent <= axis.fabric;
  if (!program_fits) {
    checks.complain({program_extent_key, program_begin_key, fabric_key},
                    fmt::format("expected to stay within {}, got {} ({} {}, {} {})", of_wafer,
                                span(axis, axis.program_begin, axis.program_extent), axis.begin,
                                axis.program_begin, axis.extent, axis.program_extent));
  }
  if (!has_rectangle) return;
  const std::string got = fmt::format("{} ({} {}, {} {})", span(axis, axis.begin_value, axis.extent_value),
                                      axis.begin, axis.begin_value, axis.extent, axis.extent_value);
  const std::uint64_t end = axis.begin_value + axis.extent_value;
  if (end > axis.fabric) {
    checks.complain({extent_key, begin_key, fabric_key},
                    fmt::format("expected to stay within {}, got {}", of_wafer, got));
  } else if (program_fits &&
             (axis.begin_value < axis.program_begin || end > axis.program_begin + axis.program_extent)) {
    checks.complain({extent_key, begin_key, program_begin_key, program_extent_key},
                    fmt::format("expected to stay within the program area, {} (fabric.program), got {}",
                                span(axis, axis.program_begin, axis.program_extent), got));
  }
}

void check_rectangle(Checks& checks, const Scenario& s, const std::string& key, const core::Rectangle& r) {
  const core::Rectangle& program = s.hardware.fabric.program;
  const bool has_rectangle = r.area() != 0;
  if (!has_rectangle && r != core::Rectangle{}) {
    checks.complain(
        {key, key + ".x", key + ".y", key + ".width", key + ".height"},
        fmt::format("expected a width and a height, or all of it 0 for the whole program area, got "
                    "width {}, height {}, x {}, y {}",
                    r.width, r.height, r.x, r.y));
  }
  check_axis(checks,
             {"columns", "x", "width", s.hardware.fabric.width, program.x, program.width, r.x, r.width, key},
             has_rectangle);
  check_axis(checks,
             {"rows", "y", "height", s.hardware.fabric.height, program.y, program.height, r.y, r.height, key},
             has_rectangle);
}

void check_automatic(Checks& checks, const Scenario& s) {
  if (s.workload.automatic == models::Automatic::none) return;
  if (s.fidelity != "burst") {
    checks.complain(
        {"workload.auto", "fidelity"},
        fmt::format("expected none at fidelity {}, candidates are simulated at fidelity burst", s.fidelity));
  }
  if (!s.workload.trace.empty()) {
    checks.complain({"workload.auto", "workload.trace"},
                    "expected none for a trace, which is lowered already");
  }
}

/// Levers that would do nothing, and weights that nobody could tell apart.
void check_levers(Checks& checks, const Scenario& s) {
  if (!s.collective.runs() && s.collective != collectives::CollectiveParameters{}) {
    checks.complain({"collective.kind", checks.first_set_in("collective")},
                    "expected a collective, whose the section's other keys are, got none");
  }
  const models::WorkloadParameters& w = s.workload;
  if (s.collective.runs() || runs_kernel(s) || !w.trace.empty()) return;
  const auto unused = [&](const std::string& key, bool is_set, const char* with) {
    if (!is_set) return;
    checks.complain({key, "workload.activations"},
                    fmt::format("expected nothing but its default unless workload.activations is {}, got {}",
                                with, models::name_of(w.activations)));
  };
  const bool all_chosen = w.automatic == models::Automatic::all;
  if (w.activations == models::Activations::keep && !all_chosen) {
    unused("workload.recomputed", !w.recomputed.empty(), "recompute or spill");
    unused("workload.recomputed_layers", w.recomputed_layers != 0, "recompute or spill");
    unused("workload.input_every", w.input_every != 1, "recompute or spill");
  }
  if (w.activations != models::Activations::spill && !all_chosen) {
    unused("workload.spilled_layers", w.spilled_layers != 0, "spill");
  }
  if (w.sparsity != 0 && w.weight_format == models::WeightFormat::packed) {
    checks.complain({"workload.weight_format", "workload.sparsity"},
                    "expected indexed with workload.sparsity, as packed weights do not say which they are, "
                    "got packed");
  }
}

void check_host(Checks& checks, const Scenario& s) {
  if (s.fidelity != "burst" || fabric::find_host_model(s.host).rates != nullptr) return;
  checks.complain({"io.host", "fidelity"},
                  fmt::format("expected a host that states its rates, for fidelity burst, got {}", s.host));
}

void check_collective(Checks& checks, const Scenario& s) {
  const collectives::CollectiveParameters& c = s.collective;
  if (!c.runs()) return;
  if (checks.was_set("workload.model") || !s.workload.trace.empty()) {
    checks.complain({"collective.kind", "workload.model", "workload.trace"},
                    "expected either a collective or a workload, got both");
  }
  if (s.fidelity != "wavelet") {
    checks.complain({"fidelity", "collective.kind"},
                    fmt::format("expected wavelet for a collective, got {}", s.fidelity));
  }
  const core::Rectangle area = collective_rectangle(s);
  if (c.root_x >= area.width) {
    checks.complain({"collective.root_x", "collective.rectangle.width"},
                    fmt::format("expected a column below {}, got {}", area.width, c.root_x));
  }
  if (c.root_y >= area.height) {
    checks.complain({"collective.root_y", "collective.rectangle.height"},
                    fmt::format("expected a row below {}, got {}", area.height, c.root_y));
  }
}

void check_kernel(Checks& checks, const Scenario& s) {
  if (!runs_kernel(s)) {
    if (s.workload.parameters.empty()) return;
    checks.complain({"workload.parameters", "workload.kernel"},
                    "expected none without workload.kernel, whose parameters they are, got some");
    return;
  }
  if (checks.was_set("workload.model") || !s.workload.trace.empty() || s.collective.runs()) {
    checks.complain({"workload.kernel", "workload.model", "workload.trace", "collective.kind"},
                    "expected one of a kernel, a model, a trace and a collective, got several");
  }
  if (s.fidelity != "wavelet") {
    checks.complain({"fidelity", "workload.kernel"},
                    fmt::format("expected wavelet for a kernel, got {}", s.fidelity));
  }
}

void check_channels(Checks& checks, const Scenario& s) {
  const auto check_edge = [&](fabric::Edge edge, const std::string& edge_key) {
    const bool horizontal = edge == fabric::Edge::north || edge == fabric::Edge::south;
    const std::uint32_t length = horizontal ? s.hardware.fabric.width : s.hardware.fabric.height;
    const std::string length_key = horizontal ? "fabric.width" : "fabric.height";
    if (s.hardware.io.channels <= length) return false;
    checks.complain({"io.channels", edge_key, length_key},
                    fmt::format("expected at most one channel per tile of an edge, here {} ({}), got {}",
                                length, length_key, s.hardware.io.channels));
    return true;
  };
  if (!check_edge(s.hardware.io.input_edge, "io.input_edge"))
    check_edge(s.hardware.io.output_edge, "io.output_edge");
  if (s.hardware.io.transaction_bytes > s.hardware.io.buffer_bytes) {
    checks.complain({"io.transaction", "io.buffer"},
                    fmt::format("expected at most io.buffer, {} B, got {} B", s.hardware.io.buffer_bytes,
                                s.hardware.io.transaction_bytes));
  }
}

/// The key of what makes hops longest.
std::string longest_part(const fabric::FabricParameters& fabric) {
  const std::uint32_t longest =
      std::max({fabric.hop_latency_cycles, fabric.reticle_crossing_cycles, fabric.turn_latency_cycles});
  if (longest == fabric.hop_latency_cycles) return "fabric.hop_latency";
  return longest == fabric.reticle_crossing_cycles ? "fabric.reticle_crossing" : "fabric.turn_latency";
}

/// What routers of wavelets hold of links that are long.
void check_links(Checks& checks, const Scenario& s) {
  const std::uint32_t longest = fabric::longest_hop_cycles(s.hardware.fabric);
  if (s.fidelity != "wavelet" || longest <= fabric::kMostHopCycles) return;
  checks.complain(
      {longest_part(s.hardware.fabric), "fabric.hop_latency", "fabric.reticle_crossing",
       "fabric.turn_latency", "fabric.link_width", "fabric.link_time", "fidelity"},
      fmt::format("expected at most {} cycles at fidelity wavelet for fabric.hop_latency, "
                  "fabric.reticle_crossing, fabric.turn_latency and "
                  "the further cycles that a link of fabric.link_width and fabric.link_time needs, got {} + "
                  "{} + {} + {}",
                  fabric::kMostHopCycles, s.hardware.fabric.hop_latency_cycles,
                  s.hardware.fabric.reticle_crossing_cycles, s.hardware.fabric.turn_latency_cycles,
                  fabric::most_link_cycles(s.hardware.fabric) - 1));
}

void check_traffic(Checks& checks, const Scenario& s) {
  const noc::TrafficParameters& t = s.traffic;
  const noc::TrafficPattern* pattern = noc::find_traffic_pattern(t.pattern);
  if (pattern == nullptr) return;  // reported by the key
  if (pattern->square && s.hardware.fabric.width != s.hardware.fabric.height) {
    checks.complain(
        {"traffic.pattern", "fabric.width", "fabric.height"},
        fmt::format("expected as many rows as columns for {}, got fabric.width {}, fabric.height {}",
                    t.pattern, s.hardware.fabric.width, s.hardware.fabric.height));
  }
  const bool from_table = t.pattern == noc::kTablePattern;
  if (from_table != !t.table.empty()) {
    checks.complain({from_table ? "traffic.pattern" : "traffic.table"},
                    from_table
                        ? "expected a file in traffic.table for the pattern table, got none"
                        : fmt::format("expected no file unless traffic.pattern is table, got {}", t.table));
  }
  if (t.pattern == noc::kHotspotPattern &&
      (t.hotspot_x >= s.hardware.fabric.width || t.hotspot_y >= s.hardware.fabric.height)) {
    const bool column = t.hotspot_x >= s.hardware.fabric.width;
    checks.complain({column ? "traffic.hotspot_x" : "traffic.hotspot_y"},
                    fmt::format("expected less than fabric.{}, {}, got {}", column ? "width" : "height",
                                column ? s.hardware.fabric.width : s.hardware.fabric.height,
                                column ? t.hotspot_x : t.hotspot_y));
  }
  const bool packets = from_table && t.table_format == noc::TableFormat::packets;
  if (packets && (t.find_saturation || checks.was_set("traffic.load"))) {
    checks.complain({t.find_saturation ? "traffic.find_saturation" : "traffic.load", "traffic.table_format"},
                    "expected no load where the table says when each packet comes, got both");
  }
  if (t.find_saturation && checks.was_set("traffic.load")) {
    checks.complain({"traffic.load", "traffic.find_saturation"},
                    "expected no load where traffic.find_saturation searches it, got both");
  }
}

/// Packets have no signals, and only wavelets land.
void check_observed(Checks& checks, const Scenario& scenario, bool has_wavelets, const std::string& because) {
  if (has_wavelets) return;
  if (!scenario.observe.waveform.signals.empty() && carries_packets(scenario)) {
    checks.complain({"observe.waveform.signals", because},
                    fmt::format("expected none, as packets have no signals; see {}", because));
  }
  if (!scenario.observe.wavelet_log.tiles.empty()) {
    checks.complain({"observe.wavelet_log.tiles", because},
                    fmt::format("expected none, as only wavelets at fidelity wavelet land; see {}", because));
  }
}

/// Nodes of a packet network have no PEs, whose states tracks show.
void check_tracks(Checks& checks, const Scenario& scenario) {
  if (scenario.observe.tracks.tiles.empty() || !carries_packets(scenario)) return;
  checks.complain({"observe.tracks.tiles"}, "expected none, as the nodes of a packet network have no PEs");
}

/// A model's file is read when it is lowered; that there is one can be said now.
void check_model(Checks& checks, const Scenario& scenario) {
  if (scenario.collective.runs() || !scenario.workload.trace.empty() || runs_kernel(scenario)) return;
  const auto problem =
      models::unknown_model(scenario.workload.model, core::data_directory() / "models" / "data");
  if (problem) checks.complain({"workload.model"}, *problem);
}

}  // namespace

void check_scenario(const Scenario& scenario, const Settings& settings, const Location& fallback,
                    Problems& problems) {
  // Without the intended preset the values say nothing about each other.
  if (problems.concerns("hardware")) return;
  Checks checks(settings, fallback, problems);
  std::string workload = checks.first_set_in("workload");
  if (workload.empty()) workload = checks.first_set_in("collective");
  const std::string traffic = checks.first_set_in("traffic");
  if (!problems.concerns("fabric.router") && carries_packets(scenario)) {
    if (!workload.empty()) {
      checks.complain({workload, "fabric.router"},
                      fmt::format("expected traffic.* for router {}, which carries packets, got a workload",
                                  scenario.hardware.fabric.router));
    }
    if (traffic.empty()) {
      checks.complain(
          {"traffic", "fabric.router"},
          fmt::format("expected this section for router {}, got none", scenario.hardware.fabric.router));
    }
    if (scenario.fidelity != "wavelet") {
      checks.complain({"fidelity", "fabric.router"},
                      fmt::format("expected wavelet for router {}, which carries packets, got {}",
                                  scenario.hardware.fabric.router, scenario.fidelity));
    }
    check_observed(checks, scenario, false, "fabric.router");
    check_tracks(checks, scenario);
    if (scenario.hardware.fabric.link_time_cycles != 1) {
      checks.complain(
          {"fabric.link_time", "fabric.router"},
          fmt::format("expected 1 cycle for router {}, whose links carry a flit per cycle, got {} cycles",
                      scenario.hardware.fabric.router, scenario.hardware.fabric.link_time_cycles));
    }
    if (scenario.hardware.fabric.turn_latency_cycles != 0) {
      checks.complain(
          {"fabric.turn_latency", "fabric.router"},
          fmt::format("expected 0 cycles for router {}, got {} cycles", scenario.hardware.fabric.router,
                      scenario.hardware.fabric.turn_latency_cycles));
    }
    if (scenario.hardware.fabric.link_parts() != 1) {
      checks.complain(
          {"fabric.link_width", "fabric.router"},
          fmt::format("expected {} bit for router {}, whose links carry a flit per cycle, got {} bit",
                      core::kWaveletBits, scenario.hardware.fabric.router,
                      scenario.hardware.fabric.link_width_bits));
    }
    check_traffic(checks, scenario);
    checks.report();
    return;
  }
  if (!traffic.empty()) {
    checks.complain({traffic, "fabric.router"},
                    fmt::format("expected workload.* for router {}, which carries wavelets, got traffic",
                                scenario.hardware.fabric.router));
  }
  if (!scenario.collective.runs()) {
    check_rectangle(checks, scenario, "workload.rectangle", scenario.workload.rectangle);
  } else {
    check_rectangle(checks, scenario, "collective.rectangle", scenario.collective.rectangle);
  }
  check_model(checks, scenario);
  check_automatic(checks, scenario);
  check_levers(checks, scenario);
  if (!problems.concerns("io.host")) check_host(checks, scenario);
  check_observed(checks, scenario, scenario.fidelity == "wavelet", "fidelity");
  check_tracks(checks, scenario);
  check_collective(checks, scenario);
  check_kernel(checks, scenario);
  check_channels(checks, scenario);
  check_links(checks, scenario);
  if (scenario.hardware.pe.reserved_bytes >= scenario.hardware.pe.sram_bytes) {
    checks.complain({"pe.reserved", "pe.sram"},
                    fmt::format("expected less than pe.sram, {} B, got {} B", scenario.hardware.pe.sram_bytes,
                                scenario.hardware.pe.reserved_bytes));
  }
  if (!scenario.workload.trace.empty() && checks.was_set("workload.model")) {
    checks.complain({"workload.trace", "workload.model"},
                    "expected either workload.trace or workload.model, got both");
  }
  checks.report();
}

}  // namespace waferloom::wafer
