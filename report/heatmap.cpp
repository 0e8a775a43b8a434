// SPDX-License-Identifier: Apache-2.0
#include "report/heatmap.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "report/text.hpp"

namespace waferloom::report {

using nlohmann::ordered_json;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What the quantities are made of.
struct Grids {
  const TileGrid* busy = nullptr;  ///< of packet networks none, nor SRAM
  const TileGrid* sram = nullptr;
  std::array<const TileGrid*, core::kNeighbours> links{};
  double cycles = 1;
};

Grids grids_of(const RunFiles& run) {
  Grids grids;
  grids.busy = find_grid(run, "busy_cycles");
  grids.sram = find_grid(run, "sram_high_water_bytes");
  for (std::size_t d = 0; d < core::kNeighbours; ++d) {
    grids.links[d] = find_grid(run, fmt::format("link_{}", core::name_of(static_cast<core::Direction>(d))));
  }
  const bool has_links = std::find(grids.links.begin(), grids.links.end(), nullptr) == grids.links.end();
  const bool has_tiles = is_traffic(run) || (grids.busy != nullptr && grids.sram != nullptr);
  if (!has_links || !has_tiles) {
    refuse_without_maps(run);
  }
  grids.cycles = std::max(1.0, run.cycles);
  return grids;
}

double number_or_none(std::uint64_t value) {
  return value == TileGrid::kNone ? kNone : static_cast<double>(value);
}

/// The values that `of` gives for each tile's index.
template <class Of>
std::vector<double> each_tile(const TileGrid& grid, const Of& of) {
  std::vector<double> values(grid.values().size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = of(i);
  return values;
}

void busiest_link(const RunFiles& run, const Grids& grids, TileQuantity& quantity) {
  quantity.title = "busiest of a tile's links to its neighbours, share of the cycles";
  quantity.unit = "1";
  quantity.largest = true;
  quantity.values = each_tile(*grids.links.front(), [&](std::size_t i) {
    double most = kNone;
    for (const TileGrid* link : grids.links) {
      most = std::fmax(most, number_or_none(link->values()[i]) * run.link_cycles / grids.cycles);
    }
    return most;
  });
}

void busy_share(const RunFiles& /*run*/, const Grids& grids, TileQuantity& quantity) {
  quantity.title = "busy cycles of a PE, share of the cycles";
  quantity.unit = "1";
  quantity.values = each_tile(
      *grids.busy, [&](std::size_t i) { return number_or_none(grids.busy->values()[i]) / grids.cycles; });
}

void sram_high_water(const RunFiles& /*run*/, const Grids& grids, TileQuantity& quantity) {
  quantity.title = "most SRAM in use of a tile, without what is reserved";
  quantity.unit = "B";
  quantity.largest = true;
  quantity.values =
      each_tile(*grids.sram, [&](std::size_t i) { return number_or_none(grids.sram->values()[i]); });
}

double energy_of(const RunFiles& run, const char* component) {
  const ordered_json::json_pointer place(fmt::format("/energy/components/{}/value", component));
  if (run.result.contains(place) && run.result[place].is_number()) return run.result[place].get<double>();
  throw core::InputError(
      fmt::format("{}: expected {}, got none", (run.directory / "result.json").string(), place.to_string()));
}

void average_power(const RunFiles& run, const Grids& grids, TileQuantity& quantity) {
  quantity.title = "average power of a tile, without I/O: the run's energies shared out by activity";
  quantity.unit = "W";
  const auto hops_of = [&](std::size_t i) {
    double sum = 0;
    for (const TileGrid* link : grids.links) {
      const std::uint64_t wavelets = link->values()[i];
      if (wavelets != TileGrid::kNone) sum += static_cast<double>(wavelets);
    }
    return sum;
  };
  double all_busy = 0;
  double all_hops = 0;
  for (std::size_t i = 0; i < grids.busy->values().size(); ++i) {
    const double busy = number_or_none(grids.busy->values()[i]);
    if (!std::isnan(busy)) all_busy += busy;
    all_hops += hops_of(i);
  }
  const double time_s = run.result["metrics"]["time"]["value"].get<double>();
  const double seconds = time_s > 0 ? time_s : 1;
  const auto tiles = static_cast<double>(std::max<std::uint64_t>(1, run.wafer.area()));
  const double idle_w = energy_of(run, "idle") / tiles / seconds;
  const double busy_w =
      all_busy > 0 ? (energy_of(run, "pe") + energy_of(run, "sram")) / all_busy / seconds : 0;
  const double hop_w = all_hops > 0 ? energy_of(run, "fabric") / all_hops / seconds : 0;
  quantity.values = each_tile(*grids.busy, [&](std::size_t i) {
    const double busy = number_or_none(grids.busy->values()[i]);
    return idle_w + (std::isnan(busy) ? 0 : busy * busy_w) + hops_of(i) * hop_w;
  });
}

using Fill = void (*)(const RunFiles&, const Grids&, TileQuantity&);
struct Known {
  const char* name;
  Fill fill;
};
constexpr std::array kKnown{Known{"links", busiest_link}, Known{"pe", busy_share},
                            Known{"sram", sram_high_water}, Known{"power", average_power}};

constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAscii{".", ":", "-", "=", "+", "*", "#", "@"};

/// From dark blue to yellow, of the 256 colours that terminals know, each readable on black and on white.
constexpr std::array<int, 8> kColours{61, 67, 37, 35, 70, 106, 172, 166};

/// The symbols of the scale's steps, in their colours where wanted.
std::vector<std::string> symbols_of(HeatmapStyle style) {
  std::vector<std::string> symbols;
  for (std::size_t s = 0; s < kBlocks.size(); ++s) {
    const std::string_view symbol = style.ascii ? kAscii.at(s) : kBlocks.at(s);
    symbols.push_back(style.coloured ? fmt::format("\x1b[38;5;{}m{}\x1b[0m", kColours.at(s), symbol)
                                     : std::string(symbol));
  }
  return symbols;
}

struct Range {
  double least = 0;
  double most = 0;
};

Range range_of(const std::vector<double>& cells) {
  Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const double cell : cells) {
    if (std::isnan(cell)) continue;
    range.least = std::min(range.least, cell);
    range.most = std::max(range.most, cell);
  }
  return range.least <= range.most ? range : Range{};
}

/// Step of the scale from `low` to `most` in which a value lies.
std::size_t step_of(double value, double low, double most, std::size_t steps) {
  if (most <= low) return 0;
  const double place = (value - low) / (most - low) * static_cast<double>(steps);
  return std::min(steps - 1, static_cast<std::size_t>(std::max(0.0, place)));
}

constexpr std::uint32_t kMargin = 7;  // the numbers of the rows

}  // namespace

const std::vector<std::string>& tile_quantities() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Known& known : kKnown) list.emplace_back(known.name);
    return list;
  }();
  return names;
}

TileQuantity tile_quantity(const RunFiles& run, std::string_view name) {
  const auto* known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& each) { return each.name == name; });
  if (known == kKnown.end()) {
    throw core::InputError(
        fmt::format("heatmap: expected one of {}, got {}", fmt::join(tile_quantities(), ", "), name));
  }
  const Grids grids = grids_of(run);
  if (grids.busy == nullptr && known->fill != &busiest_link) {
    throw core::InputError(fmt::format("heatmap: expected links of a packet network, got {}", name));
  }
  TileQuantity quantity;
  quantity.name = name;
  quantity.area = grids.links.front()->area();
  known->fill(run, grids, quantity);
  return quantity;
}

CoarseMap coarsen(const TileQuantity& quantity, std::uint32_t columns) {
  const core::Rectangle& area = quantity.area;
  CoarseMap map;
  map.cell_width = (area.width + columns - 1) / columns;
  // Where a tile has two characters side by side, cells are tiles.
  map.cell_height = 2 * area.width <= columns ? 1 : std::min(2 * map.cell_width, area.height);
  map.columns = (area.width + map.cell_width - 1) / map.cell_width;
  map.rows = (area.height + map.cell_height - 1) / map.cell_height;
  map.cells.assign(std::size_t{map.columns} * map.rows, kNone);
  std::vector<double> count(map.cells.size(), 0);
  for (std::size_t i = 0; i < quantity.values.size(); ++i) {
    const double value = quantity.values[i];
    if (std::isnan(value)) continue;
    const std::size_t cell = i / area.width / map.cell_height * map.columns + i % area.width / map.cell_width;
    count[cell] += 1;
    if (std::isnan(map.cells[cell])) {
      map.cells[cell] = value;
    } else {
      map.cells[cell] = quantity.largest ? std::max(map.cells[cell], value) : map.cells[cell] + value;
    }
  }
  if (!quantity.largest) {
    for (std::size_t c = 0; c < map.cells.size(); ++c) map.cells[c] /= count[c];
  }
  return map;
}

std::string heatmap_text(const TileQuantity& quantity, std::uint32_t width, HeatmapStyle style) {
  const std::vector<std::string> symbols = symbols_of(style);
  const std::uint32_t columns = width > kMargin ? width - kMargin : 1;
  const CoarseMap map = coarsen(quantity, columns);
  const std::uint32_t wide = 2 * map.columns <= columns ? 2 : 1;  // characters of a cell
  const Range range = range_of(map.cells);
  // From zero where zero is not far off, so that nearly equal tiles look equal.
  const double low = range.least < range.most / 2 ? 0 : range.least;
  std::string text = fmt::format("{}\n", quantity.title);
  text += fmt::format("tiles ({}, {}) to ({}, {})", quantity.area.x, quantity.area.y,
                      quantity.area.x + quantity.area.width - 1, quantity.area.y + quantity.area.height - 1);
  text += map.cell_width == 1 && map.cell_height == 1
              ? "\n\n"
              : fmt::format("; a cell is the {} of {} x {} tiles\n\n", quantity.largest ? "largest" : "mean",
                            map.cell_width, map.cell_height);
  for (std::uint32_t row = 0; row < map.rows; ++row) {
    std::string line = fmt::format("{:>5}  ", quantity.area.y + row * map.cell_height);
    for (std::uint32_t column = 0; column < map.columns; ++column) {
      const double cell = map.cells[std::size_t{row} * map.columns + column];
      for (std::uint32_t i = 0; i < wide; ++i) {
        line += std::isnan(cell) ? " " : symbols[step_of(cell, low, range.most, symbols.size())];
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  text += "\n";
  const double step = (range.most - low) / static_cast<double>(symbols.size());
  if (step <= 0) return text + fmt::format("{}  {}\n", symbols[0], human(range.most, quantity.unit));
  for (std::size_t s = 0; s < symbols.size(); ++s) {
    text += fmt::format("{}  from {:>12} to {:>12}\n", symbols[s],
                        human(low + static_cast<double>(s) * step, quantity.unit),
                        human(low + static_cast<double>(s + 1) * step, quantity.unit));
  }
  return text;
}

ordered_json heatmap_json(const TileQuantity& quantity, std::uint32_t columns) {
  const CoarseMap map = coarsen(quantity, columns);
  ordered_json cells = ordered_json::array();
  for (std::uint32_t row = 0; row < map.rows; ++row) {
    ordered_json line = ordered_json::array();
    for (std::uint32_t column = 0; column < map.columns; ++column) {
      const double cell = map.cells[std::size_t{row} * map.columns + column];
      line.push_back(std::isnan(cell) ? ordered_json(nullptr) : ordered_json(cell));
    }
    cells.push_back(std::move(line));
  }
  const core::Rectangle& area = quantity.area;
  return {{"heatmap", quantity.name},
          {"title", quantity.title},
          {"unit", quantity.unit},
          {"area", {{"x", area.x}, {"y", area.y}, {"width", area.width}, {"height", area.height}}},
          {"block_width", map.cell_width},
          {"block_height", map.cell_height},
          {"cell", quantity.largest ? "largest" : "mean"},
          {"cells", std::move(cells)}};
}

}  // namespace waferloom::report
