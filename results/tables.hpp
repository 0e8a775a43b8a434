// SPDX-License-Identifier: Apache-2.0
// The tables that stand in CSV files and in the database. docs/results.md describes them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/registry.hpp"
#include "results/columns.hpp"
#include "trace/names.hpp"
#include "trace/sram_plan.hpp"
#include "wafer/program/result/group_result.hpp"
#include "wafer/program/result/tile_result.hpp"

namespace waferloom::results {

/// The value that a name in the database stands for.
template <class E, std::size_t N>
E value_of(const std::array<std::string_view, N>& names, const std::string& name, std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw core::InputError(fmt::format("results.sqlite: expected a {}, got {}", what, name));
  }
  return static_cast<E>(found - names.begin());
}

inline std::optional<std::uint32_t> layer_number(std::uint32_t layer) {
  return layer == trace::kNoLayer ? std::nullopt : std::optional(layer);
}

/// "SRAM; I/O".
inline std::string joined(const std::vector<wafer::Bound>& bounds) {
  std::string text;
  for (const wafer::Bound bound : bounds) text.append(text.empty() ? "" : "; ").append(wafer::name_of(bound));
  return text;
}

struct LayerRow {
  std::uint64_t id;
  const wafer::GroupResult& result;
  double time_s;
  double energy_j;
  std::string ties = joined(result.ties);  ///< the database reads it where it lies
};

constexpr auto share_column(wafer::Share share) {
  return Column(
             wafer::kShareNames[static_cast<std::size_t>(share)],
             [share](const LayerRow& r) { return r.result.shares[share]; },
             [share](wafer::GroupResult& g, double value) { g.shares[share] = value; })
      .as("{:.6f}");
}

/// One row a group of records.
inline constexpr std::tuple kLayerColumns{
    Column("id", [](const LayerRow& r) { return r.id; }).only(Where::database).sql("PRIMARY KEY"),
    Column(
        "layer", [](const LayerRow& r) { return layer_number(r.result.group.layer); },
        [](wafer::GroupResult& g, std::optional<std::uint32_t> layer) {
          g.group.layer = layer.value_or(trace::kNoLayer);
        }),
    Column(
        "phase", [](const LayerRow& r) { return trace::name_of(r.result.group.phase); },
        [](wafer::GroupResult& g, const std::string& name) {
          g.group.phase = value_of<trace::Phase>(trace::kPhaseNames, name, "phase");
        }),
    Column(
        "operation", [](const LayerRow& r) { return std::string_view(r.result.group.operation); },
        [](wafer::GroupResult& g, std::string name) { g.group.operation = std::move(name); }),
    Column(
        "start_cycle", [](const LayerRow& r) { return r.result.start; },
        [](wafer::GroupResult& g, core::Cycle cycle) { g.start = cycle; }),
    Column(
        "end_cycle", [](const LayerRow& r) { return r.result.end; },
        [](wafer::GroupResult& g, core::Cycle cycle) { g.end = cycle; }),
    Column("cycles", [](const LayerRow& r) { return r.result.cycles(); }).only(Where::csv),
    Column("time_s", [](const LayerRow& r) { return r.time_s; }).as("{:.9e}").only(Where::csv),
    Column("macs", [](const LayerRow& r) { return r.result.group.macs; }),
    share_column(wafer::Share::arithmetic),
    share_column(wafer::Share::sram),
    share_column(wafer::Share::streaming),
    share_column(wafer::Share::row_link),
    share_column(wafer::Share::column_link),
    share_column(wafer::Share::io_in),
    share_column(wafer::Share::io_out),
    Column("bound", [](const LayerRow& r) { return wafer::name_of(r.result.bound); }),
    Column("ties", [](const LayerRow& r) { return std::string_view(r.ties); }),
    Column("bytes_in", [](const LayerRow& r) { return r.result.group.bytes_in; }),
    Column("bytes_out", [](const LayerRow& r) { return r.result.group.bytes_out; }),
    Column("sram_bytes", [](const LayerRow& r) { return r.result.group.sram_bytes; }),
    Column("micro_batch", [](const LayerRow& r) { return r.result.group.micro_batch; }),
    Column("wavelet_hops", [](const LayerRow& r) { return r.result.hops; }),
    Column("energy_j", [](const LayerRow& r) { return r.energy_j; }).as("{:.6e}")};

struct TileRow {
  const wafer::TileResult& tile;
  double cycles;  ///< of the run
};

/// One row a tile of the program.
inline constexpr std::tuple kTileColumns{
    Column("x", [](const TileRow& r) { return r.tile.at.x; }),
    Column("y", [](const TileRow& r) { return r.tile.at.y; }),
    Column("busy_cycles", [](const TileRow& r) { return r.tile.busy_cycles; }),
    Column("busy_share", [](const TileRow& r) { return static_cast<double>(r.tile.busy_cycles) / r.cycles; })
        .as("{:.6f}")
        .only(Where::csv),
    Column("received_wavelets", [](const TileRow& r) { return r.tile.received; }),
    Column("injected_wavelets", [](const TileRow& r) { return r.tile.injected; }),
    Column("sram_high_water_bytes", [](const TileRow& r) { return r.tile.sram_high_water; })};

/// A tensor of the SRAM's plan, with the cycles between which it lives.
struct SramPlanRow {
  const trace::SramPlan::Tensor& tensor;
  core::Cycle start;
  core::Cycle end;
};

inline constexpr std::tuple kSramPlanColumns{
    Column("tensor", [](const SramPlanRow& r) { return std::string_view(r.tensor.name); }),
    Column("bytes", [](const SramPlanRow& r) { return r.tensor.bytes; }),
    Column("first_record", [](const SramPlanRow& r) { return r.tensor.first; }),
    Column("last_record",
           [](const SramPlanRow& r) {
             return r.tensor.last == trace::kNoRecord ? std::nullopt : std::optional(r.tensor.last);
           }),
    Column("start_cycle", [](const SramPlanRow& r) { return r.start; }),
    Column("end_cycle", [](const SramPlanRow& r) { return r.end; })};

}  // namespace waferloom::results
