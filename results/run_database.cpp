// SPDX-License-Identifier: Apache-2.0
#include "results/run_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/version.hpp"
#include "results/dictionary.hpp"
#include "results/report_files.hpp"
#include "results/tables.hpp"
#include "results/timeline/phases.hpp"
#include "results/timeline/timeline.hpp"
#include "trace/names.hpp"
#include "wafer/observation/signals.hpp"

namespace waferloom::results {

namespace {

// What was committed survives the end of the process, however it comes.
constexpr auto kCommitInterval = std::chrono::seconds(1);

/// The one row of `runs`.
struct RunRow {
  std::string scenario;
  std::string fidelity;
  std::uint64_t seed = 0;
  double clock_hz = 0;
  std::string configuration;
  double channel_words_per_cycle = 0;
  double link_cycles = 0;
};

/// I/O channels per direction of an effective configuration; 0 where it does not say.
std::uint32_t channels_in(const std::string& configuration) {
  const nlohmann::json read = nlohmann::json::parse(configuration, nullptr, false);
  const nlohmann::json::json_pointer place("/io/channels");
  const bool told = read.is_object() && read.contains(place) && read[place].is_number_unsigned();
  return told ? read[place].get<std::uint32_t>() : 0;
}

constexpr std::tuple kRunColumns{
    Column("id", [](const RunRow&) { return std::uint64_t{1}; }).sql("PRIMARY KEY").means("always 1"),
    Column(
        "scenario", [](const RunRow& r) { return std::string_view(r.scenario); },
        [](StoredRun& r, std::string name) { r.scenario = std::move(name); })
        .means("name of the scenario"),
    Column("version", [](const RunRow&) { return core::version(); }).means("of the program"),
    Column("fidelity", [](const RunRow& r) { return std::string_view(r.fidelity); })
        .means("wavelet or burst"),
    Column("seed", [](const RunRow& r) { return r.seed; }).means("of random choices"),
    Column("state", [](const RunRow&) { return std::string_view("unfinished"); })
        .means("unfinished until the other tables are whole, then finished"),
    Column(
        "clock_hz", [](const RunRow& r) { return r.clock_hz; },
        [](StoredRun& r, double clock) { r.clock_hz = clock; })
        .means("of the PEs", "Hz"),
    Column(
        "configuration", [](const RunRow& r) { return std::string_view(r.configuration); },
        [](StoredRun& r, const std::string& text) { r.channels_of_wafer = channels_in(text); })
        .means("the effective configuration, as JSON"),
    Column(
        "channel_words_per_cycle", [](const RunRow& r) { return r.channel_words_per_cycle; },
        [](StoredRun& r, double words) { r.channel_words_per_cycle = words; })
        .means("that an I/O channel can carry each way", "wavelet/cycle"),
    Column(
        "link_cycles", [](const RunRow& r) { return r.link_cycles; },
        [](StoredRun& r, double cycles) { r.link_cycles = cycles; })
        .means("for which a wavelet takes up a link between tiles", "cycle")};

struct MetricRow {
  std::string name;
  Number value;
  std::string unit;
};

constexpr std::tuple kMetricColumns{
    Column("name", [](const MetricRow& r) { return std::string_view(r.name); })
        .sql("PRIMARY KEY")
        .means("as in result.json"),
    Column("value", [](const MetricRow& r) { return r.value; }).means("in the unit beside it"),
    Column("unit", [](const MetricRow& r) { return std::string_view(r.unit); }).means("of the value")};

struct DependencyRow {
  std::uint32_t record = 0;
  std::uint32_t waits_for = 0;
};

constexpr std::tuple kDependencyColumns{Column(
                                            "record", [](const DependencyRow& r) { return r.record; },
                                            [](DependencyRow& r, std::uint32_t id) { r.record = id; })
                                            .means("id of a record"),
                                        Column(
                                            "waits_for", [](const DependencyRow& r) { return r.waits_for; },
                                            [](DependencyRow& r, std::uint32_t id) { r.waits_for = id; })
                                            .means("id of one that it names under after or consumes")};

constexpr const char* kViews = R"(
CREATE VIEW links AS
  SELECT x, y, 'north' AS direction, north AS wavelets FROM router_outputs WHERE north > 0 UNION ALL
  SELECT x, y, 'south', south FROM router_outputs WHERE south > 0 UNION ALL
  SELECT x, y, 'west', west FROM router_outputs WHERE west > 0 UNION ALL
  SELECT x, y, 'east', east FROM router_outputs WHERE east > 0 UNION ALL
  SELECT x, y, 'ramp', ramp FROM router_outputs WHERE ramp > 0;
BEGIN;
)";

constexpr std::tuple kRecordColumns{
    Column(
        "id", [](const wafer::RecordResult& r) { return r.record; },
        [](wafer::RecordResult& r, std::uint32_t id) { r.record = id; })
        .means("position in the trace, from 0")
        .sql("PRIMARY KEY"),
    Column(
        "name", [](const wafer::RecordResult& r) { return std::string_view(r.name); },
        [](wafer::RecordResult& r, std::string name) { r.name = std::move(name); })
        .means("of the record, for people"),
    Column(
        "layer", [](const wafer::RecordResult& r) { return layer_number(r.layer); },
        [](wafer::RecordResult& r, std::optional<std::uint32_t> layer) {
          r.layer = layer.value_or(trace::kNoLayer);
        })
        .means("layer of the model; null outside the layers"),
    Column(
        "phase", [](const wafer::RecordResult& r) { return trace::name_of(r.phase); },
        [](wafer::RecordResult& r, const std::string& name) {
          r.phase = value_of<trace::Phase>(trace::kPhaseNames, name, "phase");
        })
        .means("phase of the step"),
    Column(
        "operation", [](const wafer::RecordResult& r) { return std::string_view(r.operation); },
        [](wafer::RecordResult& r, std::string name) { r.operation = std::move(name); })
        .means("of which group the record is"),
    Column(
        "kind", [](const wafer::RecordResult& r) { return trace::name_of(r.kind); },
        [](wafer::RecordResult& r, const std::string& name) {
          r.kind = value_of<trace::Kind>(trace::kKindNames, name, "kind");
        })
        .means("of the record: docs/trace-format.md"),
    Column(
        "start_cycle", [](const wafer::RecordResult& r) { return r.start; },
        [](wafer::RecordResult& r, core::Cycle cycle) { r.start = cycle; })
        .means("when its first part begins on any tile, or the host's", "cycle"),
    Column(
        "end_cycle", [](const wafer::RecordResult& r) { return r.end; },
        [](wafer::RecordResult& r, core::Cycle cycle) { r.end = cycle; })
        .means("when its last part is done", "cycle")};

constexpr auto sent_column(core::Direction direction) {
  const auto place = static_cast<std::size_t>(direction);
  return Column(
             core::name_of(direction), [place](const wafer::LinkTotals& t) { return t.sent[place]; },
             [place](wafer::LinkTotals& t, std::uint64_t count) { t.sent[place] = count; })
      .means("sent that way in all these tiles", "wavelet");
}

constexpr std::tuple kLinkSampleColumns{
    Column(
        "begin_cycle", [](const wafer::LinkTotals& t) { return t.begin; },
        [](wafer::LinkTotals& t, core::Cycle cycle) { t.begin = cycle; })
        .means("of the sample", "cycle"),
    Column(
        "end_cycle", [](const wafer::LinkTotals& t) { return t.end; },
        [](wafer::LinkTotals& t, core::Cycle cycle) { t.end = cycle; })
        .means("of the sample", "cycle"),
    Column(
        "tiles", [](const wafer::LinkTotals& t) { return t.tiles; },
        [](wafer::LinkTotals& t, std::uint64_t count) { t.tiles = count; })
        .means("whose links are counted", "tile"),
    sent_column(core::Direction::north),
    sent_column(core::Direction::south),
    sent_column(core::Direction::west),
    sent_column(core::Direction::east)};

struct LevelRow {
  std::string quantity;
  std::string unit;
  Level level;
};

constexpr std::tuple kLevelColumns{
    Column(
        "quantity", [](const LevelRow& r) { return std::string_view(r.quantity); },
        [](LevelRow& r, std::string name) { r.quantity = std::move(name); })
        .means("name of what is measured"),
    Column(
        "unit", [](const LevelRow& r) { return std::string_view(r.unit); },
        [](LevelRow& r, std::string name) { r.unit = std::move(name); })
        .means("of its values"),
    Column(
        "cycle", [](const LevelRow& r) { return r.level.at; },
        [](LevelRow& r, core::Cycle cycle) { r.level.at = cycle; })
        .means("from which on the value holds", "cycle"),
    Column(
        "value", [](const LevelRow& r) { return r.level.value; },
        [](LevelRow& r, double value) { r.level.value = value; })
        .means("in the unit beside it")};

constexpr std::tuple kChannelColumns{
    Column(
        "channel", [](const wafer::ChannelTraffic& t) { return t.channel; },
        [](wafer::ChannelTraffic& t, std::uint32_t channel) { t.channel = channel; })
        .means("number of the I/O channel"),
    Column(
        "direction", [](const wafer::ChannelTraffic& t) { return std::string_view(t.in ? "in" : "out"); },
        [](wafer::ChannelTraffic& t, const std::string& direction) { t.in = direction == "in"; })
        .means("in or out"),
    Column(
        "record", [](const wafer::ChannelTraffic& t) { return t.record; },
        [](wafer::ChannelTraffic& t, std::uint32_t record) { t.record = record; })
        .means("of the stream"),
    Column(
        "start_cycle", [](const wafer::ChannelTraffic& t) { return t.start; },
        [](wafer::ChannelTraffic& t, core::Cycle cycle) { t.start = cycle; })
        .means("when the first of its words passes", "cycle"),
    Column(
        "end_cycle", [](const wafer::ChannelTraffic& t) { return t.end; },
        [](wafer::ChannelTraffic& t, core::Cycle cycle) { t.end = cycle; })
        .means("when the last of its words has passed", "cycle"),
    Column(
        "words", [](const wafer::ChannelTraffic& t) { return t.words; },
        [](wafer::ChannelTraffic& t, std::uint64_t words) { t.words = words; })
        .means("of 32 bits", "wavelet")};

constexpr std::tuple kTileStateColumns{
    Column(
        "x", [](const wafer::TileState& s) { return s.at.x; },
        [](wafer::TileState& s, std::uint32_t x) { s.at.x = x; })
        .means("column of the wafer"),
    Column(
        "y", [](const wafer::TileState& s) { return s.at.y; },
        [](wafer::TileState& s, std::uint32_t y) { s.at.y = y; })
        .means("row of the wafer"),
    Column(
        "start_cycle", [](const wafer::TileState& s) { return s.start; },
        [](wafer::TileState& s, core::Cycle cycle) { s.start = cycle; })
        .means("of the state", "cycle"),
    Column(
        "end_cycle", [](const wafer::TileState& s) { return s.end; },
        [](wafer::TileState& s, core::Cycle cycle) { s.end = cycle; })
        .means("of the state", "cycle"),
    Column(
        "state", [](const wafer::TileState& s) { return pe::name_of(s.state); },
        [](wafer::TileState& s, const std::string& name) {
          s.state = value_of<pe::PeState>(pe::kPeStateNames, name, "state of a PE");
        })
        .means("of the PE: docs/waveforms.md"),
    Column(
        "operation",
        [](const wafer::TileState& s) {
          return s.group == pe::PeView::kNoTag ? std::nullopt : std::optional(s.group);
        },
        [](wafer::TileState& s, std::optional<std::uint32_t> group) {
          s.group = group.value_or(pe::PeView::kNoTag);
        })
        .means("id of the group in layers, or of the kernel's task in tasks; null: none")};

struct TaskRow {
  std::uint64_t id = 0;
  std::string name;
};

constexpr std::tuple kTaskColumns{Column("id", [](const TaskRow& r) { return r.id; })
                                      .means("number of the task in the kernel file, from 0")
                                      .sql("PRIMARY KEY"),
                                  Column(
                                      "name", [](const TaskRow& r) { return std::string_view(r.name); },
                                      [](TaskRow& r, std::string name) { r.name = std::move(name); })
                                      .means("of the task")};

constexpr auto output_column(core::Direction direction) {
  const auto place = static_cast<std::size_t>(direction);
  return Column(core::name_of(direction), [place](const wafer::TileResult& t) { return t.sent[place]; })
      .means(direction == core::Direction::ramp ? "delivered to the PE" : "sent that way", "wavelet");
}

constexpr std::tuple kRouterOutputColumns{
    Column("x", [](const wafer::TileResult& t) { return t.at.x; }).means("column of the wafer"),
    Column("y", [](const wafer::TileResult& t) { return t.at.y; }).means("row of the wafer"),
    output_column(core::Direction::north),
    output_column(core::Direction::south),
    output_column(core::Direction::west),
    output_column(core::Direction::east),
    output_column(core::Direction::ramp)};

}  // namespace

std::vector<DataTable> database_tables() {
  const auto of = [](const char* name, const char* row, std::vector<DataColumn> columns) {
    return DataTable{fmt::format("results.sqlite: {}", name), row, std::move(columns)};
  };
  return {
      of("runs", "one row", database_columns_of<RunRow>(kRunColumns)),
      of("metrics", "one row per metric of result.json", database_columns_of<MetricRow>(kMetricColumns)),
      of("layers", "one row per layer, phase and operation", database_columns_of<LayerRow>(kLayerColumns)),
      of("records", "one row per record of the trace",
         database_columns_of<wafer::RecordResult>(kRecordColumns)),
      of("dependencies", "one row per pair of records",
         database_columns_of<DependencyRow>(kDependencyColumns)),
      of("tiles", "one row per tile of the program", database_columns_of<TileRow>(kTileColumns)),
      of("router_outputs", "one row per tile whose router sent something",
         database_columns_of<wafer::TileResult>(kRouterOutputColumns)),
      of("link_samples", "one row per sample", database_columns_of<wafer::LinkTotals>(kLinkSampleColumns)),
      of("levels", "one row per change", database_columns_of<LevelRow>(kLevelColumns)),
      of("channel_traffic", "one row per channel, direction and stream",
         database_columns_of<wafer::ChannelTraffic>(kChannelColumns)),
      of("tile_states", "one row per state of a tile that observe.tracks.tiles names",
         database_columns_of<wafer::TileState>(kTileStateColumns)),
      of("tasks", "one row per task of a kernel", database_columns_of<TaskRow>(kTaskColumns))};
}

RunDatabase::RunDatabase(const std::filesystem::path& path, const wafer::Scenario& scenario)
    : file_(path, SqliteFile::Mode::create), last_commit_(std::chrono::steady_clock::now()) {
  file_.run("PRAGMA synchronous = OFF;\n" + create_table<RunRow>("runs", kRunColumns) +
            create_table<MetricRow>("metrics", kMetricColumns, {"", "WITHOUT ROWID"}) +
            create_table<DependencyRow>("dependencies", kDependencyColumns,
                                        {"PRIMARY KEY (record, waits_for)", "WITHOUT ROWID"}) +
            create_table<LayerRow>("layers", kLayerColumns) +
            create_table<wafer::RecordResult>("records", kRecordColumns) +
            create_table<TileRow>("tiles", kTileColumns) +
            create_table<wafer::LinkTotals>("link_samples", kLinkSampleColumns) +
            create_table<LevelRow>("levels", kLevelColumns) +
            create_table<wafer::ChannelTraffic>("channel_traffic", kChannelColumns) +
            create_table<wafer::TileState>("tile_states", kTileStateColumns) +
            create_table<TaskRow>("tasks", kTaskColumns) +
            create_table<wafer::TileResult>("router_outputs", kRouterOutputColumns) + kViews);
  nlohmann::json configuration = wafer::effective_json(scenario);
  configuration.erase("simulation");  // has no influence on the results
  const wafer::Hardware& hardware = scenario.hardware;
  SqliteStatement run(file_, insert_into("runs", kRunColumns));
  insert_row(run, kRunColumns,
             RunRow{scenario.name, scenario.fidelity, scenario.seed, hardware.pe.clock_hz,
                    configuration.dump(), channel_rate(hardware.fabric, hardware.io, hardware.pe.clock_hz),
                    hardware.fabric.link_cycles()});
  insert_record_.emplace(file_, insert_into("records", kRecordColumns));
  insert_dependency_.emplace(file_, insert_into("dependencies", kDependencyColumns));
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
  insert_row(*insert_record_, kRecordColumns, record);
  for (const std::uint32_t other : record.waits_for) {
    insert_row(*insert_dependency_, kDependencyColumns, DependencyRow{record.record, other});
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - last_commit_ < kCommitInterval) return;
  last_commit_ = now;
  file_.run("COMMIT; BEGIN");
}

void RunDatabase::add_layers(const wafer::Scenario& scenario, const std::vector<wafer::GroupResult>& groups) {
  SqliteStatement statement(file_, insert_into("layers", kLayerColumns));
  const std::vector<double> own = own_cycles(groups);
  for (std::size_t id = 0; id < groups.size(); ++id) {
    insert_row(statement, kLayerColumns,
               LayerRow{id, groups[id], own[id], 0, results::energy_of(groups[id], scenario).total()});
  }
}

void RunDatabase::add_link_samples(const std::vector<wafer::LinkTotals>& samples) {
  SqliteStatement statement(file_, insert_into("link_samples", kLinkSampleColumns));
  for (const wafer::LinkTotals& each : samples) insert_row(statement, kLinkSampleColumns, each);
}

void RunDatabase::add_levels(const std::vector<Levels>& levels) {
  SqliteStatement statement(file_, insert_into("levels", kLevelColumns));
  for (const Levels& each : levels) {
    LevelRow row{each.quantity, each.unit, {}};
    for (const Level& level : each.levels) {
      row.level = level;
      insert_row(statement, kLevelColumns, row);
    }
  }
}

void RunDatabase::add_channels(const std::vector<wafer::ChannelTraffic>& channels) {
  SqliteStatement statement(file_, insert_into("channel_traffic", kChannelColumns));
  for (const wafer::ChannelTraffic& each : channels) insert_row(statement, kChannelColumns, each);
}

void RunDatabase::add_tile_states(const std::vector<wafer::TileState>& states) {
  SqliteStatement statement(file_, insert_into("tile_states", kTileStateColumns));
  for (const wafer::TileState& each : states) insert_row(statement, kTileStateColumns, each);
}

void RunDatabase::add_tasks(const std::vector<std::string>& names) {
  SqliteStatement statement(file_, insert_into("tasks", kTaskColumns));
  for (std::size_t id = 0; id < names.size(); ++id)
    insert_row(statement, kTaskColumns, TaskRow{id, names[id]});
}

void RunDatabase::add_tiles(const std::vector<wafer::TileResult>& tiles, core::Rectangle program) {
  SqliteRows tile_rows(file_, "tiles", database_columns(kTileColumns));
  SqliteRows output_rows(file_, "router_outputs", database_columns(kRouterOutputColumns));
  for (const wafer::TileResult& tile : tiles) {
    if (program.contains(tile.at)) insert_row(tile_rows, kTileColumns, TileRow{tile, 1});
    const auto [north, south, west, east, ramp] = tile.sent;
    if (north + south + west + east + ramp == 0) continue;
    insert_row(output_rows, kRouterOutputColumns, tile);
  }
  tile_rows.finish();
  output_rows.finish();
}

void RunDatabase::finish(const nlohmann::ordered_json& result) {
  SqliteStatement statement(file_, insert_into("metrics", kMetricColumns));
  const nlohmann::ordered_json metrics = result.value("metrics", nlohmann::ordered_json::object());
  for (const auto& [name, metric] : metrics.items()) {
    if (!metric.is_object() || !metric.contains("value")) continue;
    const std::string unit = metric.value("unit", "");
    if (metric["value"].is_number_integer()) {
      insert_row(statement, kMetricColumns, MetricRow{name, metric["value"].get<std::uint64_t>(), unit});
    } else if (metric["value"].is_number()) {
      insert_row(statement, kMetricColumns, MetricRow{name, metric["value"].get<double>(), unit});
    }
  }
  file_.run("UPDATE runs SET state = 'finished'; COMMIT");
  open_ = false;
}

namespace {

void read_records(SqliteFile& file, const std::string& path, StoredRun& run) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> waits_for;
  read_rows<DependencyRow, DependencyRow>(
      file, "dependencies", kDependencyColumns, "record, waits_for",
      [&](const DependencyRow& row) { waits_for[row.record].push_back(row.waits_for); });
  read_rows<wafer::RecordResult, wafer::RecordResult>(
      file, "records", kRecordColumns, "id", [&](wafer::RecordResult record) {
        if (record.end < record.start) {
          throw core::InputError(
              fmt::format("{}: expected record {} to end after its start", path, record.record));
        }
        record.waits_for = waits_for[record.record];
        run.records.push_back(std::move(record));
      });
}

void read_levels(SqliteFile& file, StoredRun& run) {
  read_rows<LevelRow, LevelRow>(file, "levels", kLevelColumns, "rowid", [&](LevelRow row) {
    if (run.levels.empty() || run.levels.back().quantity != row.quantity) {
      run.levels.push_back({std::move(row.quantity), std::move(row.unit), {}});
    }
    run.levels.back().levels.push_back(row.level);
  });
}

/// Rows that are read as they were written.
template <class Row, class Read, class Columns>
void read_all(SqliteFile& file, const char* table, const Columns& columns, const char* order,
              std::vector<Read>& rows) {
  read_rows<Row, Read>(file, table, columns, order, [&](Read row) { rows.push_back(std::move(row)); });
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
  read_rows<RunRow, StoredRun>(file, "runs", kRunColumns, "id", [&](StoredRun row) { run = std::move(row); });
  if (!(run.clock_hz > 0)) {
    throw core::InputError(
        fmt::format("{}: expected a clock above 0 Hz, got {}", path.string(), run.clock_hz));
  }
  read_records(file, path.string(), run);
  read_all<LayerRow>(file, "layers", kLayerColumns, "id", run.groups);
  read_all<wafer::LinkTotals>(file, "link_samples", kLinkSampleColumns, "begin_cycle", run.links);
  read_levels(file, run);
  read_all<wafer::ChannelTraffic>(file, "channel_traffic", kChannelColumns, "rowid", run.channels);
  read_all<wafer::TileState>(file, "tile_states", kTileStateColumns, "rowid", run.tile_states);
  read_rows<TaskRow, TaskRow>(file, "tasks", kTaskColumns, "id",
                              [&](TaskRow row) { run.tasks.push_back(std::move(row.name)); });
  if (run.records.empty() && run.groups.empty() && run.tile_states.empty()) {
    throw core::InputError(fmt::format(
        "{}: expected records of a trace, or states of tiles that observe.tracks.tiles chooses; got none",
        path.string()));
  }
  return run;
}

}  // namespace waferloom::results
