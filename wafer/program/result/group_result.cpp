// SPDX-License-Identifier: Apache-2.0
#include "wafer/program/result/group_result.hpp"

#include <algorithm>
#include <array>
#include <map>
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

namespace {

/// What a PE's datapath is busy with, by how much of the time.
std::map<Bound, double> pe_weights(const Shares& shares, double even, Bound links) {
  const double arithmetic = shares[Share::arithmetic];
  const double sram = shares[Share::sram];
  return {{Bound::compute, arithmetic + even * sram},
          {Bound::sram, sram + even * arithmetic},
          {links, shares[Share::streaming]}};
}

}  // namespace

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

std::vector<Bound> ties_of(const Shares& shares, double even) {
  const Bound first = bound_of(shares);
  if (first == Bound::bubble) return {};
  const double busy = shares.pe();
  const double io = std::max(shares[Share::io_in], shares[Share::io_out]);
  const double most = std::max({busy, shares.link(), io});
  std::map<Bound, double> weights{
      {Bound::rows, shares[Share::row_link]}, {Bound::columns, shares[Share::column_link]}, {Bound::io, io}};
  if (busy >= kTie * most && busy > 0) {
    // Within a PE the largest part stands for all that the datapath is busy with.
    const Bound links = shares[Share::column_link] > shares[Share::row_link] ? Bound::columns : Bound::rows;
    const std::map<Bound, double> parts = pe_weights(shares, even, links);
    const double largest = std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
                             return a.second < b.second;
                           })->second;
    for (const auto& [bound, weight] : parts) {
      if (weight >= kTie * largest) weights[bound] = std::max(weights[bound], busy);
    }
  }
  std::vector<Bound> ties;
  for (const auto& [bound, weight] : weights) {
    if (bound != first && weight >= kTie * most) ties.push_back(bound);
  }
  return ties;
}

}  // namespace waferloom::wafer
