// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/group_result.hpp"

#include <algorithm>
#include <array>
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

Bound bound_of(const Shares& shares) {
  const double busy = shares.pe();
  const double streaming = shares[Share::streaming];
  const double sram = shares[Share::sram];
  const Bound links = shares[Share::column_link] > shares[Share::row_link] ? Bound::columns : Bound::rows;
  // A PE that is busy moving wavelets is held up by the fabric's ramp, not by its arithmetic.
  const Bound pe_bound = streaming > busy / 2 ? links : sram > busy / 2 ? Bound::sram : Bound::compute;
  const std::array<std::pair<double, Bound>, 4> candidates{{{busy, pe_bound},
                                                            {shares.link(), links},
                                                            {shares[Share::io_in], Bound::io},
                                                            {shares[Share::io_out], Bound::io}}};
  const auto largest = std::max_element(candidates.begin(), candidates.end(),
                                        [](const auto& a, const auto& b) { return a.first < b.first; });
  return largest->first < kBoundShare ? Bound::bubble : largest->second;
}

}  // namespace waferloom::wafer
