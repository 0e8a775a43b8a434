// SPDX-License-Identifier: Apache-2.0
// Traffic given pair by pair: lines `source destination rate`, or as Noxim has them; or packet by packet: lines `cycle
// source destination`. Nodes are numbered row by row from 0 (y * width + x), the rate is in flits per cycle, Noxim's in
// packets. Text after # and % and empty lines are skipped; a pair given twice counts with the sum of its rates.
#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <vector>

#include "core/wavelet.hpp"
#include "noc/traffic_parameters.hpp"

namespace waferloom::noc {

/// How the lines of a table are read.
struct TableRule {
  TableFormat format = TableFormat::rates;
  std::uint32_t packet_flits = 1;
};

class TrafficTable {
 public:
  /// A packet that a node makes.
  struct Birth {
    core::Cycle cycle = 0;  ///< from the run's first
    std::uint32_t destination = 0;
  };

  /// Throws core::InputError, `name:line: expected ..., got ...`.
  static TrafficTable read(std::istream& in, const std::string& name, std::uint32_t nodes,
                           const TableRule& rule = {});
  static TrafficTable read_file(const std::string& path, std::uint32_t nodes, const TableRule& rule = {});

  /// Whether it gives packets, not rates.
  [[nodiscard]] bool timed() const { return timed_; }
  /// Of a timed one: in the order of time, those of a cycle in the file's.
  [[nodiscard]] std::span<const Birth> births(std::uint32_t source) const {
    return std::span(births_).subspan(first_[source], first_[source + 1] - first_[source]);
  }
  /// Flits per cycle that a node sends; of a timed one 1 where it sends at all.
  [[nodiscard]] double rate(std::uint32_t source) const;
  /// Of the next packet from `source`, which must send at all; `draw` is in (0, 1].
  [[nodiscard]] std::uint32_t destination(std::uint32_t source, double draw) const;

 private:
  bool timed_ = false;
  std::vector<Birth> births_;                ///< by source
  std::vector<std::uint32_t> first_;         ///< per source, in those below, or in births_; and their size
  std::vector<std::uint32_t> destinations_;  ///< by source
  std::vector<double> sums_;                 ///< of the rates up to and including each destination
};

}  // namespace waferloom::noc
