// SPDX-License-Identifier: Apache-2.0
// What a results directory holds, as far as the report shows it. docs/results.md describes the files.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "report/tile_grid.hpp"

namespace waferloom::report {

struct NamedGrid {
  std::string name;
  TileGrid grid;
};

struct BusyLink {
  core::Coordinate at;
  core::Direction direction = core::Direction::ramp;
  std::uint64_t wavelets = 0;  ///< or flits of a packet network
};

/// link_samples.csv: the traffic of cells of tiles over time. In `directions` (north, south, west, east) the
/// samples lie below one another: sample s of cell (x, y) at (x, s * rows + y).
struct LinkSamples {
  core::Rectangle area;  ///< tiles
  std::uint32_t cell_width = 1;
  std::uint32_t cell_height = 1;
  std::uint64_t cycles = 0;  ///< of one sample
  std::uint32_t samples = 0;
  std::uint32_t columns = 0;
  std::uint32_t rows = 0;
  std::vector<TileGrid> directions;
};

struct RunFiles {
  std::filesystem::path directory;
  nlohmann::ordered_json result;       ///< result.json
  nlohmann::ordered_json host;         ///< host.json, or null
  nlohmann::ordered_json explanation;  ///< explain.json, or null
  /// Of each CSV file without places, by its name: {column: [values]}.
  nlohmann::ordered_json tables;
  core::Rectangle wafer;          ///< (0, 0) and the mesh's extent; empty when the files name no tile
  double link_cycles = 1;         ///< for which a wavelet takes up a link between tiles
  double cycles = 0;              ///< of the run that single tiles and links are told of
  std::vector<NamedGrid> grids;   ///< of tiles.csv and links.csv, or of link_flits.csv
  LinkSamples samples;            ///< none where the run took none
  std::vector<BusyLink> busiest;  ///< between tiles, the busiest first
};

/// Links that `busiest` names at most.
inline constexpr std::size_t kBusiestLinks = 200;

/// Throws core::InputError where the directory holds no finished run, or a damaged one.
[[nodiscard]] RunFiles read_run(const std::filesystem::path& directory);

/// The same without what the files tell of single tiles and links: fast for the largest wafer.
[[nodiscard]] RunFiles read_tables(const std::filesystem::path& directory);

/// The links between tiles that carried most, the busiest first; of equals the northernmost, then westernmost.
[[nodiscard]] std::vector<BusyLink> busiest_links(const RunFiles& run, std::size_t count);

/// Synthetic traffic on a packet network: no layers, no tiles.
[[nodiscard]] bool is_traffic(const RunFiles& run);
/// Says that the run has no maps of its tiles or links.
[[noreturn]] void refuse_without_maps(const RunFiles& run);

/// The grid of this name, or nullptr.
[[nodiscard]] const TileGrid* find_grid(const RunFiles& run, std::string_view name);

}  // namespace waferloom::report
