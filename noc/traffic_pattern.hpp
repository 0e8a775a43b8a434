// SPDX-License-Identifier: Apache-2.0
// Synthetic traffic patterns: where a packet from a node goes. Adding one is a function and its line in
// traffic_pattern.cpp. All but `hotspot` and `table` are those of the literature [Dally, Towles: Principles
// and Practices of Interconnection Networks, 2004, table 3.1], for rectangular meshes.
#pragma once

#include <span>
#include <string_view>

#include "core/geometry.hpp"
#include "noc/random_stream.hpp"

namespace waferloom::noc {

class TrafficTable;

/// What a pattern may depend on besides the source.
struct PatternContext {
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  core::Coordinate hotspot;
  double hotspot_share = 0;
  const TrafficTable* table = nullptr;  ///< of the pattern `table`
};

struct TrafficPattern {
  std::string_view name;
  std::string_view description;
  bool square = false;  ///< needs as many rows as columns
  core::Coordinate (*destination)(const PatternContext&, core::Coordinate source, RandomStream&);
};

/// The pattern that draws from a TrafficTable.
inline constexpr std::string_view kTablePattern = "table";
inline constexpr std::string_view kHotspotPattern = "hotspot";

/// All patterns, sorted by name.
[[nodiscard]] std::span<const TrafficPattern> traffic_patterns();

/// The pattern of that name, or nullptr.
[[nodiscard]] const TrafficPattern* find_traffic_pattern(std::string_view name);

}  // namespace waferloom::noc
