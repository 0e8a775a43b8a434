// SPDX-License-Identifier: Apache-2.0
#include "report/views.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "core/error.hpp"
#include "report/operations.hpp"
#include "report/text.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

using Align = TextTable::Align;

ordered_json metric(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }
/// Counts come from files as whole numbers and stay such.
ordered_json whole(double value, const char* unit) {
  return {{"value", static_cast<std::uint64_t>(value)}, {"unit", unit}};
}

std::string shown(const ordered_json& metric) {
  return human(metric["value"].get<double>(), metric["unit"].get<std::string>());
}

ordered_json sums_of(const std::vector<const Operation*>& operations) {
  Operation sum;
  for (const Operation* each : operations) {
    sum.wavelet_hops += each->wavelet_hops;
    sum.bytes_in += each->bytes_in;
    sum.bytes_out += each->bytes_out;
    sum.sram_bytes += each->sram_bytes;
    sum.macs += each->macs;
    sum.energy_j += each->energy_j;
  }
  return {{"wavelet_hops", whole(sum.wavelet_hops, "wavelet")},
          {"bytes_in", whole(sum.bytes_in, "B")},
          {"bytes_out", whole(sum.bytes_out, "B")},
          {"sram_bytes", whole(sum.sram_bytes, "B")},
          {"multiply_accumulates", whole(sum.macs, "MAC")},
          {"energy", metric(sum.energy_j, "J")}};
}

std::vector<const Operation*> in_phase(const std::vector<const Operation*>& operations,
                                       const std::string& phase) {
  std::vector<const Operation*> found;
  std::copy_if(operations.begin(), operations.end(), std::back_inserter(found),
               [&](const Operation* each) { return each->phase == phase; });
  return found;
}

std::vector<std::string> names_of(const std::vector<const Operation*>& operations,
                                  std::string Operation::*member) {
  std::vector<std::string> names;
  for (const Operation* each : operations) {
    if (std::find(names.begin(), names.end(), each->*member) == names.end()) names.push_back(each->*member);
  }
  return names;
}

ordered_json phase_view(const std::string& phase, const std::vector<const Operation*>& operations,
                        double clock) {
  const TimeByBound time = time_by_bound(operations);
  ordered_json view{
      {"phase", phase}, {"time", metric(time.covered_cycles / clock, "s")}, {"bound", time.first()}};
  view["time_by_bound"] = ordered_json::object();
  for (const BoundTime& each : time.bounds)
    view["time_by_bound"][each.bound] = metric(each.cycles / clock, "s");
  view.update(sums_of(operations));
  return view;
}

ordered_json operation_view(const Operation& operation, double clock) {
  ordered_json view{{"phase", operation.phase}, {"operation", operation.name}};
  view["micro_batch"] = static_cast<std::uint64_t>(operation.micro_batch);
  view["start"] = metric(operation.start_cycle / clock, "s");
  view["time"] = metric((operation.end_cycle - operation.start_cycle) / clock, "s");
  view["bound"] = operation.bound;
  view["ties"] = operation.ties;
  view.update(sums_of({&operation}));
  return view;
}

std::vector<std::string> sum_cells(const ordered_json& view) {
  std::vector<std::string> cells;
  for (const char* name :
       {"wavelet_hops", "bytes_in", "bytes_out", "sram_bytes", "multiply_accumulates", "energy"}) {
    cells.push_back(shown(view[name]));
  }
  return cells;
}

void append(std::vector<std::string>& cells, std::vector<std::string> more) {
  cells.insert(cells.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

const TileGrid& require_grid(const RunFiles& run, std::string_view name) {
  if (const TileGrid* grid = find_grid(run, name)) return *grid;
  refuse_without_maps(run);
}

double cycles_of(const RunFiles& run) { return std::max(1.0, run.cycles); }

}  // namespace

ordered_json layer_view(const RunFiles& run, const std::string& layer) {
  const std::vector<Operation> operations = operations_of(run);
  std::vector<const Operation*> all;
  std::vector<const Operation*> here;
  for (const Operation& each : operations) {
    if (each.layer.empty()) continue;
    all.push_back(&each);
    if (each.layer == layer) here.push_back(&each);
  }
  if (all.empty()) {
    throw core::InputError(
        fmt::format("{}: expected a run with layers, got one without", run.directory.string()));
  }
  if (here.empty()) {
    throw core::InputError(fmt::format("{}: layer: expected one of {}, got {}", run.directory.string(),
                                       fmt::join(names_of(all, &Operation::layer), ", "), layer));
  }
  const double clock = clock_of(run);
  const TimeByBound time = time_by_bound(here);
  ordered_json view{{"layer", layer}, {"time", metric(time.covered_cycles / clock, "s")}};
  view.update(sums_of(here));
  for (const std::string& phase : names_of(here, &Operation::phase)) {
    view["phases"].push_back(phase_view(phase, in_phase(here, phase), clock));
  }
  for (const Operation* each : here) view["operations"].push_back(operation_view(*each, clock));
  return view;
}

std::string layer_text(const ordered_json& view) {
  const std::vector<TextTable::Column> sums{{"wavelet hops"}, {"bytes in"}, {"bytes out"},
                                            {"SRAM bytes"},   {"MACs"},     {"energy"}};
  std::vector<TextTable::Column> columns{{"phase", Align::left}, {"time"}, {"bound by", Align::left}};
  columns.insert(columns.end(), sums.begin(), sums.end());
  TextTable phases(columns);
  for (const ordered_json& phase : view["phases"]) {
    std::vector<std::string> cells{phase["phase"].get<std::string>(), shown(phase["time"]), ""};
    for (const auto& [bound, time] : phase["time_by_bound"].items()) {
      const double all = phase["time"]["value"].get<double>();
      cells[2] += fmt::format("{}{} {:.0f} %", cells[2].empty() ? "" : ", ", bound,
                              all > 0 ? 100 * time["value"].get<double>() / all : 0);
    }
    append(cells, sum_cells(phase));
    phases.add(std::move(cells));
  }
  const bool batches = std::any_of(view["operations"].begin(), view["operations"].end(),
                                   [](const ordered_json& each) { return each["micro_batch"] != 0; });
  columns = {{"phase", Align::left}, {"operation", Align::left}};
  if (batches) columns.push_back({"micro-batch"});
  columns.insert(columns.end(), {{"start"}, {"time"}, {"bound by", Align::left}});
  columns.insert(columns.end(), sums.begin(), sums.end());
  TextTable operations(columns);
  for (const ordered_json& each : view["operations"]) {
    std::vector<std::string> cells{each["phase"].get<std::string>(), each["operation"].get<std::string>()};
    if (batches) cells.push_back(each["micro_batch"].dump());
    std::string bound = each["bound"].get<std::string>();
    if (const auto ties = each["ties"].get<std::string>(); !ties.empty()) bound += " = " + ties;
    append(cells, {shown(each["start"]), shown(each["time"]), std::move(bound)});
    append(cells, sum_cells(each));
    operations.add(std::move(cells));
  }
  return fmt::format("layer {}: {} in which some operation was under way\n\n{}\n{}",
                     view["layer"].get<std::string>(), shown(view["time"]), phases.text(), operations.text());
}

ordered_json top_links(const RunFiles& run, std::size_t count) {
  (void)require_grid(run, "link_north");
  const double cycles = cycles_of(run);
  const char* carried = is_traffic(run) ? "flits" : "wavelets";
  ordered_json view{{"top", "links"}, {"cycles", metric(cycles, "cycle")}, {"rows", ordered_json::array()}};
  for (const BusyLink& link : busiest_links(run, count)) {
    view["rows"].push_back({{"x", link.at.x},
                            {"y", link.at.y},
                            {"direction", core::name_of(link.direction)},
                            {carried, link.wavelets},
                            {"utilization", static_cast<double>(link.wavelets) * run.link_cycles / cycles}});
  }
  return view;
}

ordered_json top_pes(const RunFiles& run, std::size_t count) {
  const TileGrid& busy = require_grid(run, "busy_cycles");
  const core::Rectangle& area = busy.area();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < busy.values().size(); ++i) {
    if (busy.values()[i] != TileGrid::kNone) order.push_back(i);
  }
  const auto most = static_cast<std::ptrdiff_t>(std::min(count, order.size()));
  std::partial_sort(order.begin(), order.begin() + most, order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(busy.values()[b], a) < std::tuple(busy.values()[a], b);
  });
  order.resize(static_cast<std::size_t>(most));
  const double cycles = cycles_of(run);
  ordered_json view{{"top", "pe"}, {"cycles", metric(cycles, "cycle")}, {"rows", ordered_json::array()}};
  const auto value = [&](const char* grid, std::size_t i) { return require_grid(run, grid).values()[i]; };
  for (const std::size_t i : order) {
    view["rows"].push_back({{"x", area.x + i % area.width},
                            {"y", area.y + i / area.width},
                            {"busy_cycles", busy.values()[i]},
                            {"utilization", static_cast<double>(busy.values()[i]) / cycles},
                            {"received_wavelets", value("received_wavelets", i)},
                            {"injected_wavelets", value("injected_wavelets", i)},
                            {"sram_high_water_bytes", value("sram_high_water_bytes", i)}});
  }
  return view;
}

std::string top_text(const ordered_json& view) {
  const bool links = view["top"] == "links";
  const bool has_flits = links && !view["rows"].empty() && view["rows"][0].contains("flits");
  const char* carried = has_flits ? "flits" : "wavelets";
  TextTable table(links ? std::vector<TextTable::Column>{{"#"},
                                                         {"x"},
                                                         {"y"},
                                                         {"direction", Align::left},
                                                         {carried},
                                                         {"utilization"}}
                        : std::vector<TextTable::Column>{{"#"},
                                                         {"x"},
                                                         {"y"},
                                                         {"busy cycles"},
                                                         {"utilization"},
                                                         {"wavelets in"},
                                                         {"wavelets out"},
                                                         {"SRAM bytes"}});
  std::size_t rank = 0;
  for (const ordered_json& row : view["rows"]) {
    std::vector<std::string> cells{std::to_string(++rank), row["x"].dump(), row["y"].dump()};
    if (links) {
      append(cells, {row["direction"].get<std::string>(), row[carried].dump()});
    } else {
      cells.push_back(row["busy_cycles"].dump());
    }
    cells.push_back(percent(row["utilization"].get<double>()));
    if (!links) {
      append(cells, {row["received_wavelets"].dump(), row["injected_wavelets"].dump(),
                     row["sram_high_water_bytes"].dump()});
    }
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace waferloom::report
