// SPDX-License-Identifier: Apache-2.0
#include "report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <tuple>

#include "core/arithmetic.hpp"
#include "core/error.hpp"
#include "core/input/json.hpp"
#include "core/places.hpp"
#include "core/units.hpp"
#include "core/wavelet.hpp"
#include "report/csv_file.hpp"

namespace waferloom::report {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

namespace {

constexpr std::uint32_t kLongestEdge = 16384;  // fabric.width and fabric.height go no further

ordered_json read_json(const fs::path& path) {
  const std::string text = read_file(path);
  try {
    return core::parse_ordered_json(text);
  } catch (const core::JsonError& error) {
    throw core::InputError(
        fmt::format("{}: expected JSON, got something else: {}", path.string(), error.what()));
  }
}

ordered_json read_result(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw core::InputError(
        fmt::format("{}: expected a directory that `waferloom run` wrote", directory.string()));
  }
  const fs::path path = directory / "result.json";
  if (!fs::exists(path, error)) {
    throw core::InputError(
        fmt::format("{}: expected the results of a finished run, got no result.json: the run is under way, "
                    "was interrupted "
                    "or failed",
                    directory.string()));
  }
  ordered_json result = read_json(path);
  const auto format = result.is_object() ? result.find("format") : result.end();
  if (format == result.end() || !(*format == "waferloom-result" || *format == "waferloom-traffic-result")) {
    throw core::InputError(
        fmt::format("{}: expected the format waferloom-result, got something else", path.string()));
  }
  return result;
}

/// The page divides by these.
void require_metrics(const ordered_json& result, const fs::path& directory) {
  for (const char* name : {"time", "cycles"}) {
    const ordered_json::json_pointer place(fmt::format("/metrics/{}/value", name));
    if (result.contains(place) && result[place].is_number()) continue;
    throw core::InputError(
        fmt::format("{}: expected the metrics time and cycles, each with a number as value",
                    (directory / "result.json").string()));
  }
}

/// The mesh's extent, where the effective configuration tells it.
core::Rectangle wafer_of(const ordered_json& result) {
  const auto edge = [&](const char* name) -> std::uint32_t {
    const ordered_json::json_pointer place("/configuration/fabric/" + std::string(name));
    if (!result.contains(place) || !result[place].is_number_unsigned()) return 0;
    const auto value = result[place].get<std::uint64_t>();
    return value <= kLongestEdge ? static_cast<std::uint32_t>(value) : 0;
  };
  return {0, 0, edge("width"), edge("height")};
}

/// Cycles for which a wavelet takes up a link between tiles.
double link_cycles_of(const ordered_json& result) {
  const ordered_json::json_pointer place("/configuration/fabric/link_width");
  if (!result.contains(place) || !result[place].is_string()) return 1;
  const auto width = core::parse_whole(result[place].get<std::string>(), core::Dimension::bits);
  if (width.fault != core::QuantityFault::none || width.value == 0) return 1;
  const auto parts = static_cast<double>(core::ceil_div(core::kWaveletBits, width.value));
  const ordered_json::json_pointer time("/configuration/fabric/link_time");
  if (!result.contains(time) || !result[time].is_string()) return parts;
  const auto each = core::parse_real(result[time].get<std::string>(), core::Dimension::cycles);
  return each.fault == core::QuantityFault::none ? parts * each.value : parts;
}

/// {column: [values]}; numbers but for the columns named.
ordered_json read_table(const fs::path& path, const std::vector<std::string>& required,
                        const std::vector<std::string>& texts) {
  CsvFile file(path);
  for (const std::string& name : required) (void)file.require(name);
  std::vector<ordered_json> values(file.columns().size(), ordered_json::array());
  std::vector<bool> is_text;
  for (const std::string& name : file.columns()) {
    is_text.push_back(std::find(texts.begin(), texts.end(), name) != texts.end());
  }
  while (file.next()) {
    for (std::size_t c = 0; c < values.size(); ++c) {
      if (is_text[c]) {
        values[c].push_back(file.text(c));
      } else {
        // Nothing where there is none: the latency of packets that did not arrive.
        values[c].push_back(file.text(c).empty() ? ordered_json() : ordered_json(file.real(c)));
      }
    }
  }
  ordered_json table = ordered_json::object();
  for (std::size_t c = 0; c < values.size(); ++c) table[file.columns()[c]] = std::move(values[c]);
  return table;
}

/// The columns x and y of a file, held against the wafer.
class Places {
 public:
  Places(const CsvFile& file, const core::Rectangle& wafer)
      : file_(file), x_(file.require("x")), y_(file.require("y")), wafer_(wafer) {}

  [[nodiscard]] core::Coordinate here() const { return {below(x_, wafer_.width), below(y_, wafer_.height)}; }

 private:
  [[nodiscard]] std::uint32_t below(std::size_t column, std::uint32_t edge) const {
    const std::uint64_t value = file_.count(column);
    if (value >= edge) file_.fail(column, fmt::format("a number below {}", edge));
    return static_cast<std::uint32_t>(value);
  }

  const CsvFile& file_;
  std::size_t x_;
  std::size_t y_;
  core::Rectangle wafer_;
};

/// The smallest rectangle around places.
class Bounds {
 public:
  void take(core::Coordinate at) {
    left_ = std::min(left_, at.x);
    top_ = std::min(top_, at.y);
    right_ = std::max(right_, at.x + 1);
    bottom_ = std::max(bottom_, at.y + 1);
  }
  void take(const Bounds& other) {
    left_ = std::min(left_, other.left_);
    top_ = std::min(top_, other.top_);
    right_ = std::max(right_, other.right_);
    bottom_ = std::max(bottom_, other.bottom_);
  }
  [[nodiscard]] core::Rectangle rectangle() const {
    return right_ == 0 ? core::Rectangle{} : core::Rectangle{left_, top_, right_ - left_, bottom_ - top_};
  }

 private:
  std::uint32_t left_ = kLongestEdge;
  std::uint32_t top_ = kLongestEdge;
  std::uint32_t right_ = 0;
  std::uint32_t bottom_ = 0;
};

Bounds bounds_of(const fs::path& path, const core::Rectangle& limit) {
  CsvFile file(path);
  const Places places(file, limit);
  Bounds bounds;
  while (file.next()) bounds.take(places.here());
  return bounds;
}

/// A file's values of tiles, by column or direction.
struct ReadGrids {
  std::vector<TileGrid> grids;
  Bounds bounds;
};

constexpr std::array<const char*, 4> kTileColumns{"busy_cycles", "sram_high_water_bytes", "received_wavelets",
                                                  "injected_wavelets"};

ReadGrids read_tiles(const fs::path& path, const core::Rectangle& limit, const core::Rectangle& room) {
  CsvFile file(path);
  const Places places(file, limit);
  std::array<std::size_t, kTileColumns.size()> columns{};
  for (std::size_t c = 0; c < columns.size(); ++c) columns[c] = file.require(kTileColumns[c]);
  ReadGrids read{std::vector<TileGrid>(columns.size(), TileGrid(room)), {}};
  while (file.next()) {
    const core::Coordinate at = places.here();
    for (std::size_t c = 0; c < columns.size(); ++c) read.grids[c].set(at, file.count(columns[c]));
    read.bounds.take(at);
  }
  return read;
}

core::Direction direction_of(const CsvFile& file, std::size_t column) {
  const std::string_view name = file.text(column);
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    if (name == core::name_of(static_cast<core::Direction>(d))) return static_cast<core::Direction>(d);
  }
  file.fail(column, "north, south, west, east or ramp");
}

/// `carried` is the column with what a link carried.
ReadGrids read_links(const fs::path& path, const char* carried, const core::Rectangle& limit,
                     const core::Rectangle& room) {
  CsvFile file(path);
  const Places places(file, limit);
  const std::size_t direction = file.require("direction");
  const std::size_t count = file.require(carried);
  ReadGrids read{std::vector<TileGrid>(core::kDirections, TileGrid(room)), {}};
  while (file.next()) {
    const std::size_t towards = core::index_of(direction_of(file, direction));
    const core::Coordinate at = places.here();
    read.grids[towards].set(at, file.count(count));
    read.bounds.take(at);
  }
  return read;
}

constexpr std::uint64_t kMostSamples = 2048;
// More cells would make the page large: neighbouring samples are added up.
constexpr std::uint64_t kMostSampleCells = 1U << 17U;

struct SampleRow {
  std::uint64_t begin = 0;
  core::Rectangle cell;
  std::array<std::uint64_t, core::kNeighbours> sent{};
};

LinkSamples read_samples(const fs::path& path, const core::Rectangle& wafer, std::uint64_t cycles) {
  CsvFile file(path);
  const Places places(file, wafer);
  const std::size_t begin = file.require("begin_cycle");
  const std::size_t end = file.require("end_cycle");
  const std::size_t columns = file.require("columns");
  const std::size_t rows = file.require("rows");
  std::array<std::size_t, core::kNeighbours> directions{};
  for (std::size_t d = 0; d < directions.size(); ++d) {
    directions[d] = file.require(core::name_of(static_cast<core::Direction>(d)));
  }
  LinkSamples found;
  std::vector<SampleRow> list;
  std::uint32_t right = 0;
  std::uint32_t bottom = 0;
  while (file.next()) {
    SampleRow row;
    row.begin = file.count(begin);
    // The first is whole, and the others are as long, but for the last.
    if (list.empty()) found.cycles = file.count(end) - std::min(row.begin, file.count(end));
    if (found.cycles == 0 || row.begin % found.cycles != 0 || row.begin > cycles) {
      file.fail(begin, "the samples' beginning at multiples of their length within the run");
    }
    if (cycles / found.cycles >= kMostSamples)
      file.fail(end, fmt::format("at most {} samples", kMostSamples));
    const core::Coordinate at = places.here();
    const auto extent = [&](std::size_t column, std::uint32_t from, std::uint32_t edge) {
      const std::uint64_t value = file.count(column);
      if (value == 0 || value > edge - from) file.fail(column, "a cell within the wafer");
      return static_cast<std::uint32_t>(value);
    };
    row.cell = {at.x, at.y, extent(columns, at.x, wafer.width), extent(rows, at.y, wafer.height)};
    for (std::size_t d = 0; d < directions.size(); ++d) row.sent[d] = file.count(directions[d]);
    if (list.empty()) found.area = {at.x, at.y, 0, 0};
    found.area.x = std::min(found.area.x, at.x);
    found.area.y = std::min(found.area.y, at.y);
    right = std::max(right, at.x + row.cell.width);
    bottom = std::max(bottom, at.y + row.cell.height);
    found.cell_width = std::max(found.cell_width, row.cell.width);
    found.cell_height = std::max(found.cell_height, row.cell.height);
    list.push_back(row);
  }
  if (list.empty()) return {};
  found.area.width = right - found.area.x;
  found.area.height = bottom - found.area.y;
  found.columns = (found.area.width + found.cell_width - 1) / found.cell_width;
  found.rows = (found.area.height + found.cell_height - 1) / found.cell_height;
  const std::uint64_t cells = std::uint64_t{found.columns} * found.rows;
  const auto samples_of = [&] { return (cycles + found.cycles - 1) / found.cycles; };
  while (samples_of() > 1 && samples_of() * cells > kMostSampleCells) found.cycles *= 2;
  found.samples = static_cast<std::uint32_t>(samples_of());
  const core::Rectangle all{0, 0, found.columns, found.rows * found.samples};
  found.directions.assign(core::kNeighbours, TileGrid(all));
  for (TileGrid& grid : found.directions) {
    for (std::uint32_t y = 0; y < all.height; ++y) {
      for (std::uint32_t x = 0; x < all.width; ++x) grid.set({x, y}, 0);
    }
  }
  for (const SampleRow& row : list) {
    const auto sample =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(row.begin / found.cycles, found.samples - 1));
    const core::Coordinate place{(row.cell.x - found.area.x) / found.cell_width,
                                 sample * found.rows + (row.cell.y - found.area.y) / found.cell_height};
    for (std::size_t d = 0; d < core::kNeighbours; ++d) {
      found.directions[d].set(place, found.directions[d].at(place) + row.sent[d]);
    }
  }
  return found;
}

/// A tile in the file has all its links; those that are missing carried nothing.
void complete_links(const std::vector<TileGrid>& tiles, std::vector<TileGrid>& links) {
  const core::Rectangle& area = links.front().area();
  const auto is_told = [&](core::Coordinate at) {
    const auto has = [&](const TileGrid& grid) { return grid.at(at) != TileGrid::kNone; };
    return has(tiles.front()) || std::any_of(links.begin(), links.end(), has);
  };
  for (std::uint32_t y = area.y; y < area.y + area.height; ++y) {
    for (std::uint32_t x = area.x; x < area.x + area.width; ++x) {
      if (!is_told({x, y})) continue;
      for (TileGrid& grid : links) {
        if (grid.at({x, y}) == TileGrid::kNone) grid.set({x, y}, 0);
      }
    }
  }
}

// Up to as many tiles grids are made for all of the wafer, and cut to size afterwards; of larger meshes the files are
// read twice.
constexpr std::uint64_t kMostRoom = 1U << 22U;

void read_places(const fs::path& directory, RunFiles& run) {
  const double cycles = run.cycles;
  const bool bounded = run.wafer.area() != 0;
  const core::Rectangle limit = bounded ? run.wafer : core::Rectangle{0, 0, kLongestEdge, kLongestEdge};
  core::Rectangle room = limit;
  if (limit.area() > kMostRoom) {
    Bounds bounds = bounds_of(directory / "tiles.csv", limit);
    bounds.take(bounds_of(directory / "links.csv", limit));
    room = bounds.rectangle();
  }
  std::future<ReadGrids> reading = std::async(
      std::launch::async, [&] { return read_links(directory / "links.csv", "wavelets", limit, room); });
  ReadGrids tiles = read_tiles(directory / "tiles.csv", limit, room);
  if (fs::exists(directory / "link_samples.csv") && cycles > 0) {
    run.samples = read_samples(directory / "link_samples.csv", limit, static_cast<std::uint64_t>(cycles));
  }
  ReadGrids links = reading.get();
  Bounds bounds = tiles.bounds;
  bounds.take(links.bounds);
  const core::Rectangle area = bounds.rectangle();
  if (area.area() == 0) return;
  if (!bounded) run.wafer = {0, 0, area.x + area.width, area.y + area.height};
  complete_links(tiles.grids, links.grids);
  for (std::size_t c = 0; c < kTileColumns.size(); ++c) {
    run.grids.push_back({kTileColumns[c], cut(std::move(tiles.grids[c]), area)});
  }
  for (std::size_t d = 0; d < core::kDirections; ++d) {
    run.grids.push_back({fmt::format("link_{}", core::name_of(static_cast<core::Direction>(d))),
                         cut(std::move(links.grids[d]), area)});
  }
  run.busiest = busiest_links(run, kBusiestLinks);
}

/// The cycles of the run whose links are told: that of the one load, or of the saturation found.
double cycles_of_links(const ordered_json& result) {
  const auto saturation = result.find("saturation");
  for (const ordered_json& load : result.value("loads", ordered_json::array())) {
    const bool is_it = saturation == result.end() || load.value("load", ordered_json()) == *saturation;
    const ordered_json::json_pointer cycles("/cycles/value");
    if (is_it && load.contains(cycles) && load[cycles].is_number()) return load[cycles].get<double>();
  }
  return 0;
}

/// What the links of a packet network carried; results of earlier versions do not tell.
void read_flits(const fs::path& directory, RunFiles& run) {
  const fs::path path = directory / "link_flits.csv";
  run.cycles = cycles_of_links(run.result);
  if (!fs::exists(path) || run.wafer.area() == 0 || run.wafer.area() > kMostRoom || run.cycles == 0) return;
  ReadGrids read = read_links(path, "flits", run.wafer, run.wafer);
  const core::Rectangle& mesh = run.wafer;
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    const auto direction = static_cast<core::Direction>(d);
    TileGrid& grid = read.grids[d];
    for (std::uint32_t i = 0; i < mesh.area(); ++i) {
      const core::Coordinate at = core::place_at(mesh, i);
      const bool leads_on = core::neighbour(at, direction, mesh).has_value();
      if (leads_on && grid.at(at) == TileGrid::kNone) grid.set(at, 0);
    }
    run.grids.push_back({fmt::format("link_{}", core::name_of(direction)), std::move(grid)});
  }
  run.busiest = busiest_links(run, kBusiestLinks);
}

/// The run was told to leave out single tiles and links.
bool has_maps(const ordered_json& result) {
  const ordered_json::json_pointer place("/configuration/observe/maps");
  return !result.contains(place) || result[place] != false;
}

}  // namespace

const TileGrid* find_grid(const RunFiles& run, std::string_view name) {
  for (const NamedGrid& named : run.grids) {
    if (named.name == name) return &named.grid;
  }
  return nullptr;
}

std::vector<BusyLink> busiest_links(const RunFiles& run, std::size_t count) {
  if (count == 0) return {};
  const auto busier = [](const BusyLink& a, const BusyLink& b) {
    return std::tuple(b.wavelets, a.at.y, a.at.x, core::index_of(a.direction)) <
           std::tuple(a.wavelets, b.at.y, b.at.x, core::index_of(b.direction));
  };
  std::vector<BusyLink> found;  // a heap, the least busy first
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    const auto direction = static_cast<core::Direction>(d);
    const TileGrid* grid = find_grid(run, fmt::format("link_{}", core::name_of(direction)));
    if (grid == nullptr) continue;
    const core::Rectangle& area = grid->area();
    for (std::size_t i = 0; i < grid->values().size(); ++i) {
      const std::uint64_t wavelets = grid->values()[i];
      if (wavelets == 0 || wavelets == TileGrid::kNone) continue;
      if (found.size() == count && wavelets < found.front().wavelets) continue;
      const BusyLink link{{area.x + static_cast<std::uint32_t>(i % area.width),
                           area.y + static_cast<std::uint32_t>(i / area.width)},
                          direction,
                          wavelets};
      if (found.size() == count) {
        if (!busier(link, found.front())) continue;
        std::pop_heap(found.begin(), found.end(), busier);
        found.pop_back();
      }
      found.push_back(link);
      std::push_heap(found.begin(), found.end(), busier);
    }
  }
  std::sort_heap(found.begin(), found.end(), busier);
  return found;
}

namespace {

/// What `waferloom explain` left; null where the run has not been explained.
ordered_json read_explanation(const fs::path& directory) {
  const fs::path path = directory / "explain.json";
  if (!fs::exists(path)) return nullptr;
  ordered_json explanation = read_json(path);
  const bool whole = explanation.is_object() && explanation.value("format", "") == "waferloom-explanation" &&
                     explanation.contains("limits") && explanation.contains("resources") &&
                     explanation.contains("pairs") && explanation.contains("waterfall");
  if (!whole) {
    throw core::InputError(
        fmt::format("{}: expected the format waferloom-explanation, got something else", path.string()));
  }
  return explanation;
}

}  // namespace

RunFiles read_tables(const fs::path& directory) {
  RunFiles run;
  run.directory = directory;
  run.result = read_result(directory);
  run.wafer = wafer_of(run.result);
  // A link of a packet network takes a flit a cycle.
  if (!is_traffic(run)) run.link_cycles = link_cycles_of(run.result);
  run.tables = ordered_json::object();
  if (fs::exists(directory / "host.json")) run.host = read_json(directory / "host.json");
  run.explanation = read_explanation(directory);
  if (is_traffic(run)) {
    run.tables["loads"] = read_table(directory / "loads.csv", {"load", "accepted", "latency_mean"}, {});
    return run;
  }
  require_metrics(run.result, directory);
  run.cycles = run.result["metrics"]["cycles"]["value"].get<double>();
  if (const fs::path tasks = directory / "tasks.csv"; run.result.contains("kernel") && fs::exists(tasks)) {
    run.tables["tasks"] =
        read_table(tasks, {"task", "line", "runs", "first_begin_cycle", "last_end_cycle"}, {"task"});
  }
  if (!run.result.contains("collective") && !run.result.contains("kernel")) {
    run.tables["layers"] =
        read_table(directory / "layers.csv",
                   {"layer", "phase", "operation", "start_cycle", "end_cycle", "cycles", "macs", "bound"},
                   {"layer", "phase", "operation", "bound", "ties"});
    // Results of earlier versions have none.
    if (const fs::path plan = directory / "sram_plan.csv"; fs::exists(plan)) {
      run.tables["sram_plan"] = read_table(plan, {"tensor", "bytes", "start_cycle", "end_cycle"}, {"tensor"});
    }
  }
  return run;
}

RunFiles read_run(const fs::path& directory) {
  RunFiles run = read_tables(directory);
  if (is_traffic(run)) {
    read_flits(directory, run);
  } else if (has_maps(run.result)) {
    read_places(directory, run);
  }
  return run;
}

void refuse_without_maps(const RunFiles& run) {
  throw core::InputError(
      fmt::format("{}: expected {} with some rows: the run left them out (observe.maps: false), or has none",
                  run.directory.string(), is_traffic(run) ? "link_flits.csv" : "tiles.csv and links.csv"));
}

bool is_traffic(const RunFiles& run) { return run.result["format"] == "waferloom-traffic-result"; }

}  // namespace waferloom::report
