// SPDX-License-Identifier: Apache-2.0
// Two-phase reduce: chains within groups (by default of about the square root of the line's length), then a chain over the
// groups' first PEs.
#include <algorithm>
#include <cmath>

#include "collectives/reduce.hpp"

namespace waferloom::collectives {

Share two_phase_reduce(PlanBuilder& builder, const std::vector<core::Color>& colors,
                       const LineReduce& request) {
  const Line& line = request.line;
  const auto group = request.group != 0 ? request.group
                                        : static_cast<std::size_t>(std::max<long>(
                                              std::lround(std::sqrt(static_cast<double>(line.size()))), 1));
  std::vector<std::size_t> leaders;
  std::vector<Share> sums;
  for (std::size_t begin = 0; begin < line.size(); begin += group) {
    const std::size_t end = std::min(begin + group, line.size());
    const Line part(line.begin() + static_cast<std::ptrdiff_t>(begin),
                    line.begin() + static_cast<std::ptrdiff_t>(end));
    const std::vector<Share> shares(request.shares.begin() + static_cast<std::ptrdiff_t>(begin),
                                    request.shares.begin() + static_cast<std::ptrdiff_t>(end));
    Share sum = chain_reduce(builder, {colors[0], colors[1]},
                             {part, shares, request.wavelets, request.thread, 0, false});
    if (!sum.ready.exists()) sum.ready = shares[0].ready;
    sum.contributions += shares[0].contributions;
    leaders.push_back(begin);
    sums.push_back(sum);
  }
  std::uint32_t carried = 0;
  Share result{{}, sums[0].contributions - request.shares[0].contributions};
  for (std::size_t g = leaders.size(); g-- > 0;) {
    const core::Color out = colors[2 + g % 2];
    const core::Color in = colors[3 - g % 2];
    const core::Coordinate at = line[leaders[g]];
    const bool last = g + 1 == leaders.size();
    if (g == 0) {
      result.ready =
          last ? sums[0].ready
               : builder.receive(at, request.thread, in, request.wavelets, carried, {sums[0].ready});
      if (line.size() == 1) result.ready = {};
      result.contributions += carried;
      return result;
    }
    lay_path(builder, line, leaders[g], leaders[g - 1], out);
    if (last) {
      builder.send(at, request.thread, out, request.wavelets, sums[g].contributions, {sums[g].ready});
    } else {
      builder.forward(at, request.thread, in, out, request.wavelets, carried, sums[g].contributions,
                      {sums[g].ready});
    }
    carried += sums[g].contributions;
  }
  return result;
}

}  // namespace waferloom::collectives
