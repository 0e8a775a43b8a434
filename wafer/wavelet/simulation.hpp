// SPDX-License-Identifier: Apache-2.0
// One run: elaborates a wafer, replays a trace on it, and measures what happened.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fabric/parameters.hpp"
#include "trace/record.hpp"
#include "wafer/burst/choice.hpp"
#include "wafer/observation/link_samples.hpp"
#include "wafer/program/channel_traffic.hpp"
#include "wafer/program/groups.hpp"
#include "wafer/program/record_result.hpp"
#include "wafer/program/tile_result.hpp"
#include "wafer/wavelet/cycle_observer.hpp"
#include "wafer/wavelet/wafer.hpp"

namespace waferloom::wafer {

/// What limits a group of records: the resource that is busy the largest share of the group's time.
enum class Bound : std::uint8_t {
  compute,
  sram,
  rows,     ///< moving wavelets along rows: mostly reductions of partial sums
  columns,  ///< and along columns: multicast of weights, reduction of gradients
  io,
  bubble  ///< nothing: tiles wait for one another or for the host
};
[[nodiscard]] std::string_view name_of(Bound bound);
/// Below this share no resource explains the time: what is left are waits of dependencies.
inline constexpr double kBoundShare = 0.5;

struct GroupResult {
  Group group;
  core::Cycle start = 0;
  core::Cycle end = 0;
  /// Shares of the group's time, averaged over its PEs, that their datapaths worked, by kind of work. All
  /// work in this time counts, whichever group it belongs to.
  std::array<double, pe::kWorks> pe_share{};
  double row_link_share = 0;     ///< busiest link between tiles of a row
  double column_link_share = 0;  ///< and of a column
  double io_in_share = 0;        ///< busiest channel into the wafer
  double io_out_share = 0;       ///< busiest channel out of it
  Bound bound = Bound::bubble;
  double busy_cycles = 0;  ///< of all PEs, for this group's own work
  std::uint64_t hops = 0;  ///< of its own wavelets over links between tiles and to I/O
  [[nodiscard]] core::Cycle cycles() const { return end - start; }
  [[nodiscard]] double link_share() const { return std::max(row_link_share, column_link_share); }
};

/// The resource that is busy the largest share of a group's time.
[[nodiscard]] Bound bound_of(const GroupResult& group);

struct RunResult {
  core::Cycle cycles = 0;
  double clock_hz = 0;
  std::vector<GroupResult> groups;
  std::vector<RecordResult> records;     ///< by id; those without any part are left out
  std::vector<ChannelTraffic> channels;  ///< over time
  LinkSamples links;                     ///< over time
  std::vector<TileResult> tiles;         ///< routers that carried traffic and PEs of the program
  std::uint64_t hops = 0;                ///< wavelets over links between tiles and to I/O
  std::uint64_t words_in = 0;            ///< from the host
  std::uint64_t words_out = 0;           ///< to the host
  std::uint64_t wavelets_injected = 0;   ///< by PEs and I/O channels
  std::uint64_t wavelets_delivered = 0;  ///< to PEs and I/O channels (a multicast counts once per target)
  std::uint64_t macs = 0;
  Choice choice;                    ///< of lanes and micro-batch, where the workload left them open
  std::vector<std::string> folded;  ///< what was simulated once and counted, for people
  std::uint64_t transfers = 0;      ///< simulated at fidelity burst, each through one hop of the grid
  double elaboration_s = 0;         ///< of the host's time
  double simulation_s = 0;
};

struct Progress {
  core::Cycle cycle = 0;
  std::uint64_t parts_done = 0;
  std::uint64_t parts = 0;
  std::uint64_t hops = 0;
  std::uint64_t expected_hops = 0;  ///< of the whole trace, without detours: for the time left
};

struct SimulationInput {
  Hardware hardware;
  fabric::MemoryXParameters memoryx;
  SimulationParameters simulation;
  core::Rectangle program;  ///< tiles on which the trace's rectangle lies
  const std::vector<trace::Record>& records;
  /// Called as each record is done; in which order within a cycle is not defined.
  std::function<void(const RecordResult&)> on_record = {};
  std::uint32_t link_samples = 0;  ///< at most; 0: none
  const ObserverFactories& observers = {};
};

/// Runs to the end. Throws core::InputError when the trace does not fit the hardware, core::SimulationError
/// when it gets stuck, breaks a rule of the hardware or loses a wavelet, and core::Error (interrupted) once
/// `stop` is set. Elaborates SystemC: once per process.
[[nodiscard]] RunResult simulate(const SimulationInput& input, const std::atomic<bool>& stop,
                                 const std::function<void(const Progress&)>& report);

}  // namespace waferloom::wafer
