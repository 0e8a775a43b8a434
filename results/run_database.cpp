// SPDX-License-Identifier: Apache-2.0
#include "results/run_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/version.hpp"
#include "results/pe_share.hpp"
#include "results/report_files.hpp"
#include "results/timeline/timeline.hpp"
#include "trace/names.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::results {

namespace {

// What was committed survives the end of the process, however it comes.
constexpr auto kCommitInterval = std::chrono::seconds(1);

constexpr const char* kTables = R"(
PRAGMA synchronous = OFF;
CREATE TABLE runs (id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, version TEXT NOT NULL,
  fidelity TEXT NOT NULL, seed INTEGER NOT NULL, state TEXT NOT NULL, clock_hz REAL NOT NULL,
  configuration TEXT NOT NULL, channel_words_per_cycle REAL NOT NULL);
CREATE TABLE metrics (name TEXT PRIMARY KEY, value, unit TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE layers (id INTEGER PRIMARY KEY, layer INTEGER, phase TEXT NOT NULL, operation TEXT NOT NULL,
  start_cycle INTEGER NOT NULL, end_cycle INTEGER NOT NULL, macs INTEGER NOT NULL,
  pe_arithmetic REAL NOT NULL, pe_sram REAL NOT NULL, pe_streaming REAL NOT NULL, busiest_row_link REAL NOT NULL,
  busiest_column_link REAL NOT NULL,
  busiest_input_channel REAL NOT NULL, busiest_output_channel REAL NOT NULL, bound TEXT NOT NULL,
  bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, sram_bytes INTEGER NOT NULL,
  micro_batch INTEGER NOT NULL, wavelet_hops INTEGER NOT NULL, energy_j REAL NOT NULL);
CREATE TABLE records (id INTEGER PRIMARY KEY, name TEXT NOT NULL, layer INTEGER, phase TEXT NOT NULL,
  operation TEXT NOT NULL, kind TEXT NOT NULL, start_cycle INTEGER NOT NULL, end_cycle INTEGER NOT NULL);
CREATE TABLE dependencies (record INTEGER NOT NULL, waits_for INTEGER NOT NULL,
  PRIMARY KEY (record, waits_for)) WITHOUT ROWID;
CREATE TABLE tiles (x INTEGER NOT NULL, y INTEGER NOT NULL, busy_cycles INTEGER NOT NULL,
  received_wavelets INTEGER NOT NULL, injected_wavelets INTEGER NOT NULL,
  sram_high_water_bytes INTEGER NOT NULL);
CREATE TABLE link_samples (begin_cycle INTEGER NOT NULL, end_cycle INTEGER NOT NULL,
  tiles INTEGER NOT NULL, north INTEGER NOT NULL, south INTEGER NOT NULL, west INTEGER NOT NULL,
  east INTEGER NOT NULL);
CREATE TABLE levels (quantity TEXT NOT NULL, unit TEXT NOT NULL, cycle INTEGER NOT NULL, value REAL NOT NULL);
CREATE TABLE channel_traffic (channel INTEGER NOT NULL, direction TEXT NOT NULL, record INTEGER NOT NULL,
  start_cycle INTEGER NOT NULL, end_cycle INTEGER NOT NULL, words INTEGER NOT NULL);
CREATE TABLE tile_states (x INTEGER NOT NULL, y INTEGER NOT NULL, start_cycle INTEGER NOT NULL,
  end_cycle INTEGER NOT NULL, state TEXT NOT NULL, operation INTEGER REFERENCES layers (id));
CREATE TABLE router_outputs (x INTEGER NOT NULL, y INTEGER NOT NULL, north INTEGER NOT NULL,
  south INTEGER NOT NULL, west INTEGER NOT NULL, east INTEGER NOT NULL, ramp INTEGER NOT NULL);
CREATE VIEW links AS
  SELECT x, y, 'north' AS direction, north AS wavelets FROM router_outputs WHERE north > 0 UNION ALL
  SELECT x, y, 'south', south FROM router_outputs WHERE south > 0 UNION ALL
  SELECT x, y, 'west', west FROM router_outputs WHERE west > 0 UNION ALL
  SELECT x, y, 'east', east FROM router_outputs WHERE east > 0 UNION ALL
  SELECT x, y, 'ramp', ramp FROM router_outputs WHERE ramp > 0;
BEGIN;
)";

template <class E, std::size_t N>
E value_of(const std::array<std::string_view, N>& names, const std::string& name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw core::InputError(fmt::format("results.sqlite: expected a {}, got {}", what, name));
  }
  return static_cast<E>(found - names.begin());
}

}  // namespace

RunDatabase::RunDatabase(const std::filesystem::path& path, const wafer::Scenario& scenario)
    : file_(path, SqliteFile::Mode::create), last_commit_(std::chrono::steady_clock::now()) {
  file_.run(kTables);
  nlohmann::json configuration = wafer::effective_json(scenario);
  configuration.erase("simulation");  // has no influence on the results
  SqliteStatement(file_, "INSERT INTO runs VALUES (1, ?, ?, ?, ?, 'unfinished', ?, ?, ?)")
      .insert(scenario.name, core::version(), scenario.fidelity, scenario.seed, scenario.hardware.pe.clock_hz,
              configuration.dump(),
              channel_rate(scenario.hardware.fabric, scenario.hardware.io, scenario.hardware.pe.clock_hz));
  insert_record_.emplace(file_, "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert_dependency_.emplace(file_, "INSERT INTO dependencies VALUES (?, ?)");
  file_.run("COMMIT; BEGIN");
}

RunDatabase::~RunDatabase() {
  if (!open_) return;
  try {
    file_.run("COMMIT");
  } catch (const core::Error&) {
    // The run ends with an error of its own.
  }
}

void RunDatabase::add_record(const wafer::RecordResult& record) {
  const auto insert = [&](auto layer) {
    insert_record_->insert(record.record, record.name, layer, trace::name_of(record.phase), record.operation,
                           trace::name_of(record.kind), record.start, record.end);
  };
  if (record.layer == trace::kNoLayer) {
    insert(nullptr);
  } else {
    insert(record.layer);
  }
  for (const std::uint32_t other : record.waits_for) insert_dependency_->insert(record.record, other);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_commit_ < kCommitInterval) return;
  last_commit_ = now;
  file_.run("COMMIT; BEGIN");
}

void RunDatabase::add_layers(const wafer::Scenario& scenario, const std::vector<wafer::GroupResult>& groups) {
  SqliteStatement statement(
      file_, "INSERT INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::uint64_t id = 0;
  for (const wafer::GroupResult& g : groups) {
    const auto insert = [&](auto layer) {
      statement.insert(id, layer, trace::name_of(g.group.phase), g.group.operation, g.start, g.end,
                       g.group.macs, g.pe_share[kArithmetic], g.pe_share[kSram], g.pe_share[kStreaming],
                       g.row_link_share, g.column_link_share, g.io_in_share, g.io_out_share,
                       wafer::name_of(g.bound), g.group.bytes_in, g.group.bytes_out, g.group.sram_bytes,
                       g.group.micro_batch, g.hops, results::energy_of(g, scenario).total());
    };
    if (g.group.layer == trace::kNoLayer) {
      insert(nullptr);
    } else {
      insert(g.group.layer);
    }
    ++id;
  }
}

void RunDatabase::add_link_samples(const std::vector<wafer::LinkTotals>& samples) {
  SqliteStatement statement(file_, "INSERT INTO link_samples VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const wafer::LinkTotals& each : samples) {
    const auto [north, south, west, east] = each.sent;
    statement.insert(each.begin, each.end, each.tiles, north, south, west, east);
  }
}

void RunDatabase::add_levels(const std::vector<Levels>& levels) {
  SqliteStatement statement(file_, "INSERT INTO levels VALUES (?, ?, ?, ?)");
  for (const Levels& each : levels) {
    for (const Level& level : each.levels) statement.insert(each.quantity, each.unit, level.at, level.value);
  }
}

void RunDatabase::add_channels(const std::vector<wafer::ChannelTraffic>& channels) {
  SqliteStatement statement(file_, "INSERT INTO channel_traffic VALUES (?, ?, ?, ?, ?, ?)");
  for (const wafer::ChannelTraffic& each : channels) {
    statement.insert(each.channel, std::string_view(each.in ? "in" : "out"), each.record, each.start,
                     each.end, each.words);
  }
}

void RunDatabase::add_tile_states(const std::vector<wafer::TileState>& states) {
  SqliteStatement statement(file_, "INSERT INTO tile_states VALUES (?, ?, ?, ?, ?, ?)");
  for (const wafer::TileState& each : states) {
    const std::string_view state = pe::name_of(each.state);
    if (each.group == pe::PeView::kNoTag) {
      statement.insert(each.at.x, each.at.y, each.start, each.end, state, nullptr);
    } else {
      statement.insert(each.at.x, each.at.y, each.start, each.end, state, each.group);
    }
  }
}

void RunDatabase::add_tiles(const std::vector<wafer::TileResult>& tiles, core::Rectangle program) {
  SqliteRows tile_rows(file_, "tiles", 6);
  SqliteRows output_rows(file_, "router_outputs", 7);
  for (const wafer::TileResult& tile : tiles) {
    if (program.contains(tile.at)) {
      tile_rows.insert(tile.at.x, tile.at.y, tile.busy_cycles, tile.received, tile.injected,
                       tile.sram_high_water);
    }
    const auto [north, south, west, east, ramp] = tile.sent;
    if (north + south + west + east + ramp == 0) continue;
    output_rows.insert(tile.at.x, tile.at.y, north, south, west, east, ramp);
  }
  tile_rows.finish();
  output_rows.finish();
}

void RunDatabase::finish(const nlohmann::ordered_json& result) {
  SqliteStatement statement(file_, "INSERT INTO metrics VALUES (?, ?, ?)");
  const nlohmann::ordered_json metrics = result.value("metrics", nlohmann::ordered_json::object());
  for (const auto& [name, metric] : metrics.items()) {
    if (!metric.is_object() || !metric.contains("value")) continue;
    const std::string unit = metric.value("unit", "");
    if (metric["value"].is_number_integer()) {
      statement.insert(name, metric["value"].get<std::uint64_t>(), unit);
    } else if (metric["value"].is_number()) {
      statement.insert(name, metric["value"].get<double>(), unit);
    }
  }
  file_.run("UPDATE runs SET state = 'finished'; COMMIT");
  open_ = false;
}

namespace {

std::uint32_t layer_of(const SqliteStatement& row, int column) {
  return row.is_null(column) ? trace::kNoLayer : static_cast<std::uint32_t>(row.count(column));
}

void read_records(SqliteFile& file, const std::string& path, StoredRun& run) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> waits_for;
  SqliteStatement dependencies(file, "SELECT record, waits_for FROM dependencies ORDER BY record, waits_for");
  while (dependencies.next()) {
    waits_for[static_cast<std::uint32_t>(dependencies.count(0))].push_back(
        static_cast<std::uint32_t>(dependencies.count(1)));
  }
  SqliteStatement records(
      file,
      "SELECT id, name, layer, phase, operation, kind, start_cycle, end_cycle FROM records ORDER BY id");
  while (records.next()) {
    wafer::RecordResult record;
    record.record = static_cast<std::uint32_t>(records.count(0));
    record.name = records.text(1);
    record.layer = layer_of(records, 2);
    record.phase = value_of<trace::Phase>(trace::kPhaseNames, records.text(3), "phase");
    record.operation = records.text(4);
    record.kind = value_of<trace::Kind>(trace::kKindNames, records.text(5), "kind");
    record.start = records.count(6);
    record.end = records.count(7);
    if (record.end < record.start) {
      throw core::InputError(
          fmt::format("{}: expected record {} to end after its start", path, record.record));
    }
    record.waits_for = waits_for[record.record];
    run.records.push_back(std::move(record));
  }
}

void read_layers(SqliteFile& file, StoredRun& run) {
  SqliteStatement layers(
      file,
      "SELECT layer, phase, operation, start_cycle, end_cycle, pe_arithmetic, pe_sram, "
      "pe_streaming, busiest_row_link, busiest_column_link, busiest_input_channel, busiest_output_channel "
      "FROM layers ORDER BY id");
  while (layers.next()) {
    wafer::GroupResult group;
    group.group.layer = layer_of(layers, 0);
    group.group.phase = value_of<trace::Phase>(trace::kPhaseNames, layers.text(1), "phase");
    group.group.operation = layers.text(2);
    group.start = layers.count(3);
    group.end = layers.count(4);
    group.pe_share[kArithmetic] = layers.real(5);
    group.pe_share[kSram] = layers.real(6);
    group.pe_share[kStreaming] = layers.real(7);
    group.row_link_share = layers.real(8);
    group.column_link_share = layers.real(9);
    group.io_in_share = layers.real(10);
    group.io_out_share = layers.real(11);
    run.groups.push_back(std::move(group));
  }
}

void read_links(SqliteFile& file, StoredRun& run) {
  SqliteStatement links(file,
                        "SELECT begin_cycle, end_cycle, tiles, north, south, west, east FROM link_samples "
                        "ORDER BY begin_cycle");
  while (links.next()) {
    run.links.push_back({links.count(0),
                         links.count(1),
                         links.count(2),
                         {links.count(3), links.count(4), links.count(5), links.count(6)}});
  }
}

void read_levels(SqliteFile& file, StoredRun& run) {
  SqliteStatement levels(file, "SELECT quantity, unit, cycle, value FROM levels ORDER BY rowid");
  while (levels.next()) {
    const std::string quantity = levels.text(0);
    if (run.levels.empty() || run.levels.back().quantity != quantity) {
      run.levels.push_back({quantity, levels.text(1), {}});
    }
    run.levels.back().levels.push_back({levels.count(2), levels.real(3)});
  }
}

void read_channels(SqliteFile& file, StoredRun& run) {
  SqliteStatement channels(
      file,
      "SELECT channel, direction, record, start_cycle, end_cycle, words FROM channel_traffic ORDER BY rowid");
  while (channels.next()) {
    run.channels.push_back({static_cast<std::uint32_t>(channels.count(2)),
                            static_cast<std::uint32_t>(channels.count(0)), channels.text(1) == "in",
                            channels.count(3), channels.count(4), channels.count(5)});
  }
}

void read_tile_states(SqliteFile& file, StoredRun& run) {
  SqliteStatement states(
      file, "SELECT x, y, start_cycle, end_cycle, state, operation FROM tile_states ORDER BY rowid");
  while (states.next()) {
    run.tile_states.push_back(
        {{static_cast<std::uint32_t>(states.count(0)), static_cast<std::uint32_t>(states.count(1))},
         states.count(2),
         states.count(3),
         value_of<pe::PeState>(pe::kPeStateNames, states.text(4), "state of a PE"),
         states.is_null(5) ? pe::PeView::kNoTag : static_cast<std::uint32_t>(states.count(5))});
  }
}

}  // namespace

StoredRun read_stored_run(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "results.sqlite";
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw core::InputError(fmt::format(
        "{}: expected a directory that `waferloom run` wrote, got no results.sqlite", directory.string()));
  }
  SqliteFile file(path, SqliteFile::Mode::read);
  StoredRun run;
  SqliteStatement head(file, "SELECT scenario, clock_hz, channel_words_per_cycle FROM runs");
  if (head.next()) {
    run.scenario = head.text(0);
    run.clock_hz = head.real(1);
    run.channel_words_per_cycle = head.real(2);
  }
  if (!(run.clock_hz > 0)) {
    throw core::InputError(
        fmt::format("{}: expected a clock above 0 Hz, got {}", path.string(), run.clock_hz));
  }
  read_records(file, path.string(), run);
  read_layers(file, run);
  read_links(file, run);
  read_levels(file, run);
  read_channels(file, run);
  read_tile_states(file, run);
  if (run.records.empty() && run.groups.empty()) {
    throw core::InputError(fmt::format("{}: expected records of a trace, got none", path.string()));
  }
  return run;
}

}  // namespace waferloom::results
