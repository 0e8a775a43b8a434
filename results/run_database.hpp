// SPDX-License-Identifier: Apache-2.0
// results.sqlite: what the CSV and JSON files hold, as tables, and the records of the trace besides. Written as
// the run goes: an interrupted run keeps the records that were done, and stays marked unfinished. Like
// result.json it depends on the scenario and the seed alone. docs/results.md describes the tables.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "results/sqlite.hpp"
#include "results/timeline/levels.hpp"
#include "wafer/observation/tile_states.hpp"
#include "wafer/program/result/channel_traffic.hpp"
#include "wafer/program/result/run_result.hpp"
#include "wafer/scenario/scenario.hpp"

namespace waferloom::results {

class RunDatabase {
 public:
  /// Makes the file, with the run in it, unfinished.
  RunDatabase(const std::filesystem::path& path, const wafer::Scenario& scenario);
  /// Keeps what was added, as far as it can be written.
  ~RunDatabase();
  RunDatabase(const RunDatabase&) = delete;
  RunDatabase& operator=(const RunDatabase&) = delete;

  void add_record(const wafer::RecordResult& record);
  void add_layers(const wafer::Scenario& scenario, const std::vector<wafer::GroupResult>& groups);
  void add_link_samples(const std::vector<wafer::LinkTotals>& samples);
  void add_levels(const std::vector<Levels>& levels);
  void add_channels(const std::vector<wafer::ChannelTraffic>& channels);
  void add_tile_states(const std::vector<wafer::TileState>& states);
  /// Of a kernel, by number.
  void add_tasks(const std::vector<std::string>& names);
  /// Tiles of the program, and links that carried something.
  void add_tiles(const std::vector<wafer::TileResult>& tiles, core::Rectangle program);
  /// Takes over the metrics of result.json, and marks the run finished.
  void finish(const nlohmann::ordered_json& result);

 private:
  SqliteFile file_;
  std::optional<SqliteStatement> insert_record_;
  std::optional<SqliteStatement> insert_dependency_;
  std::chrono::steady_clock::time_point last_commit_;
  bool open_ = true;  ///< a transaction is
};

/// What a timeline needs of a results database, finished or not.
struct StoredRun {
  std::string scenario;
  double clock_hz = 1;
  std::vector<wafer::RecordResult> records;
  std::vector<wafer::GroupResult> groups;
  std::vector<wafer::LinkTotals> links;
  std::vector<Levels> levels;
  std::vector<wafer::ChannelTraffic> channels;
  std::vector<wafer::TileState> tile_states;
  std::vector<std::string> tasks;  ///< of a kernel
  double channel_words_per_cycle = 1;
  std::uint32_t channels_of_wafer = 0;
  double link_cycles = 1;
};

/// Throws core::InputError where the directory holds no results database, or one without records, groups and
/// states of tiles.
[[nodiscard]] StoredRun read_stored_run(const std::filesystem::path& directory);

}  // namespace waferloom::results
