// SPDX-License-Identifier: Apache-2.0
#include "noc/traffic_keys.hpp"

#include <array>

#include "core/registry.hpp"
#include "noc/traffic_pattern.hpp"

namespace waferloom::noc {

using core::Dimension;
using core::config::Keys;
using core::config::Section;

namespace {

constexpr std::uint32_t kLongestEdge = 16384;

using core::config::Named;
constexpr std::array kTableFormats{Named<TableFormat>{"rates", TableFormat::rates},
                                   Named<TableFormat>{"noxim", TableFormat::noxim},
                                   Named<TableFormat>{"packets", TableFormat::packets}};

}  // namespace

void declare_keys(Keys& keys, TrafficParameters& p) {
  constexpr std::uint64_t kMostCycles = 1'000'000'000;
  Section s(keys, "traffic",
            "Synthetic traffic, instead of a workload; only for routers that carry packets, such as `xy`.");
  s.text("pattern", p.pattern, "where packets go", core::names_of(traffic_patterns()));
  s.text("table", p.table,
         "for the pattern table: file of lines `source destination rate`, nodes numbered row by row from 0, "
         "rates in flits per cycle; relative to the file that names it");
  s.choice<TableFormat>(
      "table_format", p.table_format, kTableFormats,
      "what the lines of traffic.table say: rates = as above; noxim = `source destination pir [por "
      "[t_on t_off [t_period]]]` of a Noxim traffic table, pir in packets per cycle; packets = `cycle "
      "source destination`, one packet each, cycles from the run's first, 0");
  s.quantity("load", p.load, Dimension::none, {0, 1},
             "flits that each node generates per cycle; of a table, the factor of its rates, 1 unless given "
             "with it");
  s.count<std::uint32_t>("packet_flits", p.packet_flits, {1, 65535}, "flits of a packet");
  s.count<std::uint32_t>("hotspot_x", p.hotspot_x, {0, kLongestEdge - 1},
                         "for the pattern hotspot: its column");
  s.count<std::uint32_t>("hotspot_y", p.hotspot_y, {0, kLongestEdge - 1}, "for the pattern hotspot: its row");
  s.quantity("hotspot_share", p.hotspot_share, Dimension::none, {0, 1},
             "for the pattern hotspot: share of the packets that go there; the others are uniform");
  const auto cycles = [&](std::string_view name, std::uint64_t& value, std::uint64_t least,
                          std::string_view help) {
    s.amount<std::uint64_t>(name, value, Dimension::cycles, {least, kMostCycles}, help);
  };
  cycles("warmup", p.warmup_cycles, 0, "before the measurement");
  cycles("sample", p.sample_cycles, 1, "of one sample");
  s.count<std::uint32_t>("samples", p.samples, {1, 10000}, "samples, one after the other, that are measured");
  cycles("drain", p.drain_cycles, 0,
         "most that measured packets may take after the last sample; the run is unstable beyond it");
  s.flag("find_saturation", p.find_saturation,
         "whether to search the highest load that is stable, instead of running traffic.load");
  s.quantity("tolerance", p.tolerance, Dimension::none, {0.0001, 1}, "of the saturation found, in load");
  s.count<std::uint32_t>(
      "curve", p.curve, {0, 100},
      "loads below the saturation found, in equal steps, that are run as well: latency over "
      "load below the knee");
}

}  // namespace waferloom::noc
