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
  double own_cycles;  ///< where groups overlap, time is shared evenly among them
  double time_s;
  double energy_j;
  std::string ties = joined(result.ties);  ///< the database reads it where it lies
};

inline constexpr std::array<std::string_view, wafer::kShares> kShareMeanings{
    "share of the time in which datapaths work at the rate of arithmetic, the mean of the tiles",
    "the same at the rate of SRAM, or with a bank conflict",
    "the same moving wavelets",
    "share of the time in which the busiest link along a row carries something",
    "the same along a column",
    "the same of the busiest input channel",
    "the same of the busiest output channel"};

constexpr auto share_column(wafer::Share share) {
  return Column(
             wafer::kShareNames[static_cast<std::size_t>(share)],
             [share](const LayerRow& r) { return r.result.shares[share]; },
             [share](wafer::GroupResult& g, double value) { g.shares[share] = value; })
      .as("{:.6f}")
      .means(kShareMeanings[static_cast<std::size_t>(share)], "1");
}

/// One row a group of records.
inline constexpr std::tuple kLayerColumns{
    Column("id", [](const LayerRow& r) { return r.id; })
        .means("number of the group of records")
        .only(Where::database)
        .sql("PRIMARY KEY"),
    Column(
        "layer", [](const LayerRow& r) { return layer_number(r.result.group.layer); },
        [](wafer::GroupResult& g, std::optional<std::uint32_t> layer) {
          g.group.layer = layer.value_or(trace::kNoLayer);
        })
        .means("layer of the model; empty outside the layers"),
    Column(
        "phase", [](const LayerRow& r) { return trace::name_of(r.result.group.phase); },
        [](wafer::GroupResult& g, const std::string& name) {
          g.group.phase = value_of<trace::Phase>(trace::kPhaseNames, name, "phase");
        })
        .means("phase of the step: forward, backward_input, backward_weight, update"),
    Column(
        "operation", [](const LayerRow& r) { return std::string_view(r.result.group.operation); },
        [](wafer::GroupResult& g, std::string name) { g.group.operation = std::move(name); })
        .means("what the records of the group do"),
    Column(
        "start_cycle", [](const LayerRow& r) { return r.result.start; },
        [](wafer::GroupResult& g, core::Cycle cycle) { g.start = cycle; })
        .means("when the first part of the group begins on some tile", "cycle"),
    Column(
        "end_cycle", [](const LayerRow& r) { return r.result.end; },
        [](wafer::GroupResult& g, core::Cycle cycle) { g.end = cycle; })
        .means("when the last part of the group is done", "cycle"),
    Column("cycles", [](const LayerRow& r) { return r.result.cycles(); })
        .means("from start to end; groups overlap", "cycle")
        .only(Where::csv),
    Column("own_cycles", [](const LayerRow& r) { return r.own_cycles; })
        .as("{:.6f}")
        .means("its part of the run: where groups overlap, their time is shared evenly; all add up to the "
               "time in "
               "which any was under way",
               "cycle"),
    Column("time_s", [](const LayerRow& r) { return r.time_s; })
        .means("the same as time", "s")
        .as("{:.9e}")
        .only(Where::csv),
    Column("macs", [](const LayerRow& r) { return r.result.group.macs; })
        .means("multiply-accumulates of the group", "MAC"),
    share_column(wafer::Share::arithmetic),
    share_column(wafer::Share::sram),
    share_column(wafer::Share::streaming),
    share_column(wafer::Share::row_link),
    share_column(wafer::Share::column_link),
    share_column(wafer::Share::io_in),
    share_column(wafer::Share::io_out),
    Column("bound", [](const LayerRow& r) { return wafer::name_of(r.result.bound); })
        .means("what was busy the largest share of the time"),
    Column("ties", [](const LayerRow& r) { return std::string_view(r.ties); })
        .means("what else was busy about as much, parted by semicolons"),
    Column("bytes_in", [](const LayerRow& r) { return r.result.group.bytes_in; }).means("from the host", "B"),
    Column("bytes_out", [](const LayerRow& r) { return r.result.group.bytes_out; }).means("to the host", "B"),
    Column("sram_bytes", [](const LayerRow& r) { return r.result.group.sram_bytes; })
        .means("read from and written to SRAM", "B"),
    Column("micro_batch", [](const LayerRow& r) { return r.result.group.micro_batch; })
        .means("of the step, from 0"),
    Column("wavelet_hops", [](const LayerRow& r) { return r.result.hops; })
        .means("between tiles and into PEs", "wavelet"),
    Column("energy_j", [](const LayerRow& r) { return r.energy_j; })
        .means("of its own work, nothing idle", "J")
        .as("{:.6e}")};

struct TileRow {
  const wafer::TileResult& tile;
  double cycles;  ///< of the run
};

/// One row a tile of the program.
inline constexpr std::tuple kTileColumns{
    Column("x", [](const TileRow& r) { return r.tile.at.x; }).means("column of the wafer"),
    Column("y", [](const TileRow& r) { return r.tile.at.y; }).means("row of the wafer"),
    Column("busy_cycles", [](const TileRow& r) { return r.tile.busy_cycles; })
        .means("in which the PE's datapath works", "cycle"),
    Column("busy_share", [](const TileRow& r) { return static_cast<double>(r.tile.busy_cycles) / r.cycles; })
        .means("the same as a share of the run's cycles", "1")
        .as("{:.6f}")
        .only(Where::csv),
    Column("received_wavelets", [](const TileRow& r) { return r.tile.received; })
        .means("taken into the PE", "wavelet"),
    Column("injected_wavelets", [](const TileRow& r) { return r.tile.injected; })
        .means("sent by the PE", "wavelet"),
    Column("sram_high_water_bytes", [](const TileRow& r) {
      return r.tile.sram_high_water;
    }).means("the most of SRAM in use at once", "B")};

/// A tensor of the SRAM's plan, with the cycles between which it lives.
struct SramPlanRow {
  const trace::SramPlan::Tensor& tensor;
  core::Cycle start;
  core::Cycle end;
};

inline constexpr std::tuple kSramPlanColumns{
    Column("tensor", [](const SramPlanRow& r) { return std::string_view(r.tensor.name); })
        .means("name of the tensor"),
    Column("bytes", [](const SramPlanRow& r) { return r.tensor.bytes; })
        .means("of it in the fullest tile", "B"),
    Column("first_record", [](const SramPlanRow& r) { return r.tensor.first; }).means("that takes its room"),
    Column("last_record",
           [](const SramPlanRow& r) {
             return r.tensor.last == trace::kNoRecord ? std::nullopt : std::optional(r.tensor.last);
           })
        .means("that releases it; empty: it stays"),
    Column("start_cycle", [](const SramPlanRow& r) { return r.start; })
        .means("when the first record begins", "cycle"),
    Column("end_cycle", [](const SramPlanRow& r) {
      return r.end;
    }).means("when the last record ends", "cycle")};

}  // namespace waferloom::results
