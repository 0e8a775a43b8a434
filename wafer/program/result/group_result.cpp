// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/group_result.hpp"

#include <numeric>
#include <utility>

namespace waferloom::wafer {

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::compute:
      return "compute";
    case Bound::sram:
      return "SRAM";
    case Bound::rows:
      return "row reduction";
    case Bound::columns:
      return "column multicast";
    case Bound::io:
      return "I/O";
    case Bound::bubble:
      return "bubble";
  }
  return "";
}

Bound bound_of(const GroupResult& group) {
  const double busy = std::accumulate(group.pe_share.begin(), group.pe_share.end(), 0.0);
  const double streaming = group.pe_share[static_cast<std::size_t>(pe::Work::streaming)];
  const double sram = group.pe_share[static_cast<std::size_t>(pe::Work::sram)];
  const Bound links = group.column_link_share > group.row_link_share ? Bound::columns : Bound::rows;
  // A PE that is busy moving wavelets is held up by the fabric's ramp, not by its arithmetic.
  const Bound pe_bound = streaming > busy / 2 ? links : sram > busy / 2 ? Bound::sram : Bound::compute;
  const std::array<std::pair<double, Bound>, 4> candidates{{{busy, pe_bound},
                                                            {group.link_share(), links},
                                                            {group.io_in_share, Bound::io},
                                                            {group.io_out_share, Bound::io}}};
  const auto largest = std::max_element(candidates.begin(), candidates.end(),
                                        [](const auto& a, const auto& b) { return a.first < b.first; });
  return largest->first < kBoundShare ? Bound::bubble : largest->second;
}

}  // namespace waferloom::wafer
