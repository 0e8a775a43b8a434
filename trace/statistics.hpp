// SPDX-License-Identifier: Apache-2.0
// Sums over a trace's records, by operation and in all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/record.hpp"

namespace waferloom::trace {

struct Totals {
  std::uint64_t records = 0;
  std::uint64_t macs = 0;
  std::uint64_t wavelets =
      0;  ///< put on the fabric by their sources: channels, and PEs of chains (each forwarding
          ///< PE of a reduce sends anew; relays of gathers and broadcasts do too)
  std::uint64_t bytes_in = 0;  ///< 4 bytes a wavelet
  std::uint64_t bytes_out = 0;
  std::uint64_t parameters_in = 0;
  std::uint64_t parameters_out = 0;
};

struct OperationTotals : Totals {
  std::uint32_t layer = kNoLayer;
  Phase phase = Phase::forward;
  std::string operation;
};

class Statistics {
 public:
  void add(const Record& record);
  [[nodiscard]] const Totals& total() const { return total_; }
  /// In order of first appearance.
  [[nodiscard]] const std::vector<OperationTotals>& operations() const { return operations_; }

 private:
  Totals total_;
  std::vector<OperationTotals> operations_;
};

/// Wavelets that a record puts on the fabric.
[[nodiscard]] std::uint64_t sent_wavelets(const Record& record);

/// Wavelets that a record takes from the host or gives to it.
[[nodiscard]] std::uint64_t host_wavelets(const Record& record);

}  // namespace waferloom::trace
