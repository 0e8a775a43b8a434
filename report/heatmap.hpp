// SPDX-License-Identifier: Apache-2.0
// A map of the wafer in characters, coarse enough for a terminal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "report/run_files.hpp"

namespace waferloom::report {

/// A number for each tile, and how to show it.
struct TileQuantity {
  std::string name;      ///< "links"
  std::string title;     ///< what the numbers are
  std::string unit;      ///< as report::human knows it
  bool largest = false;  ///< a cell shows the largest of its tiles; else their mean
  core::Rectangle area;
  std::vector<double> values;  ///< row by row; NaN for a tile without a number
};

/// The names that `tile_quantity` knows: links, pe, sram, power.
[[nodiscard]] const std::vector<std::string>& tile_quantities();

/// Throws core::InputError for another name, and where the run's files have no single tiles.
///
/// Power is not measured by tile: the energies of result.json are shared out, that of PEs and SRAM by the tiles'
/// busy cycles, that of the fabric by the wavelets that a tile sends, what idles evenly; I/O is left out.
[[nodiscard]] TileQuantity tile_quantity(const RunFiles& run, std::string_view name);

/// Tiles put together into cells.
struct CoarseMap {
  std::uint32_t cell_width = 1;  ///< tiles of a cell
  std::uint32_t cell_height = 1;
  std::uint32_t columns = 0;  ///< cells
  std::uint32_t rows = 0;
  std::vector<double> cells;  ///< row by row; NaN for a cell without a number
};

/// At most `columns` cells beside each other. Characters are twice as high as wide, and so are cells where there
/// are more tiles than characters.
[[nodiscard]] CoarseMap coarsen(const TileQuantity& quantity, std::uint32_t columns);

struct HeatmapStyle {
  bool ascii = false;
  bool coloured = false;  ///< for terminals of 256 colours
};

/// The map within `width` characters, and the legend of its symbols.
[[nodiscard]] std::string heatmap_text(const TileQuantity& quantity, std::uint32_t width, HeatmapStyle style);
[[nodiscard]] nlohmann::ordered_json heatmap_json(const TileQuantity& quantity, std::uint32_t columns);

}  // namespace waferloom::report
