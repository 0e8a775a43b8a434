// SPDX-License-Identifier: Apache-2.0
// Chain reduce: each PE adds its vector to the stream that comes from its neighbour and forwards it. Two
// colors alternate, so that a PE never receives and sends on the same one.
#include "collectives/reduce.hpp"

namespace waferloom::collectives {

Share chain_reduce(PlanBuilder& builder, const std::vector<core::Color>& colors, const LineReduce& request) {
  const Line& line = request.line;
  Share sum{{}, 0};
  for (std::size_t i = line.size(); i-- > 0;) {
    const core::Color out = colors[i % 2];
    const core::Color in = colors[1 - i % 2];
    const Share& own = request.shares[i];
    if (i == 0) {
      if (line.size() > 1) {
        sum.ready =
            builder.receive(line[0], request.thread, in, request.wavelets, sum.contributions, {own.ready});
      }
      return sum;
    }
    lay_path(builder, line, i, i - 1, out);
    if (i + 1 == line.size()) {
      builder.send(line[i], request.thread, out, request.wavelets, own.contributions, {own.ready});
    } else {
      builder.forward(line[i], request.thread, in, out, request.wavelets, sum.contributions,
                      own.contributions, {own.ready});
    }
    sum.contributions += own.contributions;
  }
  return sum;
}

}  // namespace waferloom::collectives
