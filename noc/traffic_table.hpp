// SPDX-License-Identifier: Apache-2.0
// Traffic given pair by pair: lines `source destination rate`. Nodes are numbered row by row from 0
// (y * width + x), the rate is in flits per cycle. Text after # and empty lines are skipped; a pair given
// twice counts with the sum of its rates.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace waferloom::noc {

class TrafficTable {
 public:
  /// Throws core::InputError, `name:line: expected ..., got ...`.
  static TrafficTable read(std::istream& in, const std::string& name, std::uint32_t nodes);
  static TrafficTable read_file(const std::string& path, std::uint32_t nodes);

  /// Flits per cycle that a node sends.
  [[nodiscard]] double rate(std::uint32_t source) const;
  /// Of the next packet from `source`, which must send at all; `draw` is in (0, 1].
  [[nodiscard]] std::uint32_t destination(std::uint32_t source, double draw) const;

 private:
  std::vector<std::uint32_t> first_;         ///< per source, in the two below; and their size
  std::vector<std::uint32_t> destinations_;  ///< by source
  std::vector<double> sums_;                 ///< of the rates up to and including each destination
};

}  // namespace waferloom::noc
