// SPDX-License-Identifier: Apache-2.0
#include "ranks/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"

namespace waferloom::ranks {

namespace {

class Cutter {
 public:
  Cutter(const core::RegionGrid& grid, const std::vector<std::uint64_t>& loads, Partition& partition)
      : grid_(grid), loads_(loads), partition_(partition) {}

  /// Gives the regions of `area` (in regions) to `ranks` ranks from `first` on.
  void cut(core::Rectangle area, int first, int ranks) {
    if (ranks == 1) {
      each(area, [&](std::size_t region) {
        partition_.owner[region] = first;
        partition_.load[static_cast<std::size_t>(first)] += loads_[region];
      });
      return;
    }
    const Cut best = best_cut(area, ranks);
    core::Rectangle one = area;
    core::Rectangle other = area;
    if (best.upright) {
      one.width = best.at;
      other.x += best.at;
      other.width -= best.at;
    } else {
      one.height = best.at;
      other.y += best.at;
      other.height -= best.at;
    }
    cut(one, first, best.ranks);
    cut(other, first + best.ranks, ranks - best.ranks);
  }

 private:
  struct Cut {
    bool upright = true;
    std::uint32_t at = 0;
    int ranks = 0;  ///< of the first side
    double worst = -1;
    std::uint64_t length = 0;
  };

  template <class Act>
  void each(const core::Rectangle& area, const Act& act) const {
    for (std::uint32_t y = area.y; y < area.y + area.height; ++y) {
      for (std::uint32_t x = area.x; x < area.x + area.width; ++x) {
        act(std::size_t{y} * grid_.columns() + x);
      }
    }
  }
  [[nodiscard]] std::uint64_t load_of(const core::Rectangle& area) const {
    std::uint64_t total = 0;
    each(area, [&](std::size_t region) { total += loads_[region]; });
    return total;
  }

  /// The cut that leaves the busiest rank least to do; the shortest of those.
  [[nodiscard]] Cut best_cut(const core::Rectangle& area, int ranks) const {
    Cut best;
    const auto total = static_cast<double>(load_of(area));
    for (const bool upright : {area.width >= area.height, area.width < area.height}) {
      const std::uint32_t lines = upright ? area.width : area.height;
      double before = 0;
      for (std::uint32_t at = 1; at < lines; ++at) {
        core::Rectangle line = area;
        (upright ? line.x : line.y) += at - 1;
        (upright ? line.width : line.height) = 1;
        before += static_cast<double>(load_of(line));
        const std::uint64_t across = upright ? area.height : area.width;
        const auto places = static_cast<std::int64_t>(across * at);
        const auto behind = static_cast<std::int64_t>(across * (lines - at));
        const std::int64_t half = ranks / 2;
        const std::int64_t wanted = total == 0 ? half : std::llround(before / total * ranks);
        // Each side has to have a region for each of its ranks.
        const std::int64_t least = std::max<std::int64_t>(1, ranks - behind);
        const std::int64_t most = std::min<std::int64_t>(ranks - 1, places);
        if (least > most) continue;
        const std::int64_t given = std::clamp(wanted, least, most);
        const double worst = std::max(before / static_cast<double>(given),
                                      (total - before) / static_cast<double>(ranks - given));
        if (best.worst >= 0 && (worst > best.worst || (worst == best.worst && across >= best.length)))
          continue;
        best = {upright, at, static_cast<int>(given), worst, across};
      }
    }
    return best;
  }

  const core::RegionGrid& grid_;
  const std::vector<std::uint64_t>& loads_;
  Partition& partition_;
};

}  // namespace

Partition partition(const core::RegionGrid& grid, const std::vector<std::uint64_t>& loads, int ranks) {
  if (grid.size() < static_cast<std::size_t>(ranks)) {
    throw core::InputError(fmt::format(
        "simulation.region_width, simulation.region_height: expected at least a region for each of {} ranks, "
        "got {} region{}: smaller regions, or fewer ranks",
        ranks, grid.size(), grid.size() == 1 ? "" : "s"));
  }
  Partition result;
  result.owner.resize(grid.size());
  result.load.resize(static_cast<std::size_t>(ranks));
  const auto columns = static_cast<std::uint32_t>(grid.columns());
  Cutter(grid, loads, result)
      .cut({0, 0, columns, static_cast<std::uint32_t>(grid.size() / columns)}, 0, ranks);
  return result;
}

std::string describe(const core::RegionGrid& grid, const Partition& partition) {
  std::uint64_t total = 0;
  for (const std::uint64_t load : partition.load) total += load;
  std::vector<std::uint64_t> tiles(partition.load.size());
  std::vector<std::size_t> regions(partition.load.size());
  std::string text = "regions with their ranks, north at the top:\n";
  const auto digits = static_cast<int>(std::to_string(partition.load.size() - 1).size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const auto rank = static_cast<std::size_t>(partition.owner[i]);
    tiles[rank] += grid.area(i).area();
    ++regions[rank];
    text +=
        fmt::format(" {:>{}}{}", rank, digits, i + 1 == grid.size() || grid.column(i + 1) == 0 ? "\n" : "");
  }
  text += fmt::format("{:>6}{:>9}{:>10}{:>10}\n", "rank", "regions", "tiles", "load");
  for (std::size_t rank = 0; rank < tiles.size(); ++rank) {
    const double share =
        total == 0 ? 0 : static_cast<double>(partition.load[rank]) / static_cast<double>(total);
    text += fmt::format("{:>6}{:>9}{:>10}{:>8.1f} %\n", rank, regions[rank], tiles[rank], 100 * share);
  }
  return text;
}

std::vector<Beyond> beyond(const core::RegionGrid& grid, const Share& share) {
  std::vector<Beyond> found;
  std::vector<bool> seen(grid.size());
  grid.for_each_link([&](std::size_t region, core::Direction, std::size_t there) {
    if (!share.has(region) || share.has(there) || seen[there]) return;
    seen[there] = true;
    found.push_back({there, share.partition.owner[there]});
  });
  return found;
}

std::vector<int> neighbours(const std::vector<Beyond>& beyond) {
  std::set<int> ranks;
  for (const Beyond& each : beyond) ranks.insert(each.rank);
  return {ranks.begin(), ranks.end()};
}

}  // namespace waferloom::ranks
