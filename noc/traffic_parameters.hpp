// SPDX-License-Identifier: Apache-2.0
// Parameters of synthetic traffic.
#pragma once

#include <cstdint>
#include <string>

namespace waferloom::noc {

/// What the lines of a table say.
enum class TableFormat : std::uint8_t {
  rates,  ///< source destination rate, in flits per cycle
  noxim,  ///< source destination pir [por [t_on t_off [t_period]]], pir in packets per cycle, as Noxim has them
  packets  ///< cycle source destination: one packet
};

/// Configuration section `traffic`: synthetic traffic for router models that carry packets.
struct TrafficParameters {
  std::string pattern = "uniform";  ///< see noc/traffic_pattern.cpp
  std::string table;                ///< file of `source destination rate` lines, for pattern `table`
  TableFormat table_format = TableFormat::rates;
  double load = 0.1;  ///< flits per node and cycle; of a table: factor of its rates
  std::uint32_t packet_flits = 1;
  std::uint32_t hotspot_x = 0;  ///< pattern `hotspot`
  std::uint32_t hotspot_y = 0;
  double hotspot_share = 0.1;  ///< of the packets, the others are uniform
  std::uint64_t warmup_cycles = 30'000;
  std::uint64_t sample_cycles = 10'000;
  std::uint32_t samples = 3;
  std::uint64_t drain_cycles = 100'000;  ///< most that measured packets may take after the last sample
  bool find_saturation = false;          ///< search the highest stable load by bisection
  double tolerance = 0.005;              ///< of that search, in load
  std::uint32_t curve = 8;               ///< loads below the saturation found that are run as well
  friend bool operator==(const TrafficParameters&, const TrafficParameters&) = default;
};

}  // namespace waferloom::noc
