// SPDX-License-Identifier: Apache-2.0
#include "collectives/area_reduce.hpp"

#include <algorithm>

namespace waferloom::collectives {

namespace {

/// Both halves of a line reduce into the root, each on a microthread and colors of its own.
class RootedReduce {
 public:
  RootedReduce(PlanBuilder& builder, const ReduceModel& model, std::size_t longest_up,
               std::size_t longest_down, std::uint8_t first_thread, std::size_t group)
      : builder_(builder), model_(model), thread_(first_thread), group_(group) {
    if (longest_up > 1) up_ = colors(longest_up);
    if (longest_down > 1) down_ = colors(longest_down);
  }

  /// `shares` in the order of the line.
  Share run(const Line& line, const std::vector<Share>& shares, std::size_t root,
            std::uint64_t wavelets) const {
    const Line up_line = from_root_up(line, root);
    const Line down_line = from_root_down(line, root);
    const std::vector<Share> up_shares(shares.begin() + static_cast<std::ptrdiff_t>(root), shares.end());
    const std::vector<Share> down_shares(
        shares.rbegin() + static_cast<std::ptrdiff_t>(line.size() - 1 - root), shares.rend());
    Share sum = shares[root];
    for (const auto& [part, part_shares, part_colors, thread] :
         {std::tuple{&up_line, &up_shares, &up_, thread_},
          std::tuple{&down_line, &down_shares, &down_, static_cast<std::uint8_t>(thread_ + 1)}}) {
      if (part->size() < 2) continue;
      // The second half's sum waits for the first's: with its last step all of the root's are done.
      std::vector<Share> ordered = *part_shares;
      ordered[0].ready = sum.ready;
      const Share taken = model_.reduce(
          builder_, *part_colors,
          {*part, ordered, wavelets, thread, group_, up_line.size() < 2 || down_line.size() < 2});
      sum.ready = taken.ready;
      sum.contributions += taken.contributions;
    }
    return sum;
  }

 private:
  std::vector<core::Color> colors(std::size_t length) const {
    std::vector<core::Color> result;
    for (std::uint32_t i = 0; i < model_.colors(length); ++i) result.push_back(builder_.new_color());
    return result;
  }

  PlanBuilder& builder_;
  const ReduceModel& model_;
  std::uint8_t thread_;
  std::size_t group_;
  std::vector<core::Color> up_;
  std::vector<core::Color> down_;
};

}  // namespace

Share reduce_x_then_y(PlanBuilder& builder, const ReduceModel& model, core::Coordinate root,
                      std::uint64_t wavelets, std::size_t group) {
  const core::Rectangle area = builder.area();
  const std::size_t column = root.x - area.x;
  const std::size_t row = root.y - area.y;
  const RootedReduce rows(builder, model, area.width - column, column + 1, 0, group);
  std::vector<Share> sums;
  for (std::uint32_t y = 0; y < area.height; ++y) {
    sums.push_back(rows.run(row_of(area, area.y + y), std::vector<Share>(area.width), column, wavelets));
  }
  const RootedReduce columns(builder, model, area.height - row, row + 1, 2, group);
  return columns.run(column_of(area, root.x), sums, row, wavelets);
}

Share reduce_along_snake(PlanBuilder& builder, const ReduceModel& model, core::Coordinate root,
                         std::uint64_t wavelets) {
  const Line line = snake_of(builder.area());
  const auto place = static_cast<std::size_t>(std::find(line.begin(), line.end(), root) - line.begin());
  const RootedReduce reduce(builder, model, line.size() - place, place + 1, 0, 0);
  return reduce.run(line, std::vector<Share>(line.size()), place, wavelets);
}

}  // namespace waferloom::collectives
