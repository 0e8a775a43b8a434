// SPDX-License-Identifier: Apache-2.0
#include "collectives/keys.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "collectives/registry.hpp"

namespace waferloom::collectives {

namespace {

using core::config::Named;

constexpr std::array kPrecisions{Named<Precision>{"fp16", Precision::fp16},
                                 Named<Precision>{"fp32", Precision::fp32}};

/// `first`, then a field of all collectives, each name once.
std::vector<std::string> names(std::string_view first, std::string_view CollectiveModel::*field) {
  std::vector<std::string> result{std::string(first)};
  for (const CollectiveModel& model : collectives()) {
    const std::string name(model.*field);
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

}  // namespace

void declare_keys(core::config::Keys& keys, CollectiveParameters& p) {
  constexpr std::uint32_t kLongestEdge = 16384;
  constexpr std::uint64_t kMostElements = std::uint64_t{1} << 32U;
  core::config::Section s(
      keys, "collective",
      "One collective operation, run instead of a workload; see `waferloom list collectives`.");
  s.text("kind", p.kind, "what the tiles do together; none = no collective",
         names("none", &CollectiveModel::kind));
  s.text("algorithm", p.algorithm, "how; default = the kind's first",
         names("default", &CollectiveModel::algorithm));
  s.rectangle("rectangle", p.rectangle, 0, kLongestEdge,
              "The tiles that take part, in tiles of the wafer; width or height 0 = all of fabric.program.");
  s.count<std::uint64_t>("elements", p.elements, {1, kMostElements},
                         "of each tile's vector; of each block, where a tile sends several");
  s.choice<Precision>("precision", p.precision, kPrecisions, "of the elements; fp16 = two in a wavelet");
  s.count<std::uint32_t>("root_x", p.root_x, {0, kLongestEdge}, "column of the root within the rectangle");
  s.count<std::uint32_t>("root_y", p.root_y, {0, kLongestEdge}, "row of the root within the rectangle");
  s.count<std::uint32_t>(
      "group", p.group, {0, kLongestEdge},
      "PEs of a group of algorithm two_phase; 0 = about the square root of the line's length");
  s.count<std::uint32_t>("distance", p.distance, {1, kLongestEdge}, "tiles that a shift goes");
}

}  // namespace waferloom::collectives
