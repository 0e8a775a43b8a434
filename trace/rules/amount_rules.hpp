// SPDX-License-Identifier: Apache-2.0
// No count that is formed of a trace's numbers leaves 64 bits: products within a record, and sums over all.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "trace/record.hpp"

namespace waferloom::trace {

/// What a sum over a whole trace may reach. Everything that runs and results derive from it (the next multiple of
/// something, bits of wavelets) stays below 2^64.
inline constexpr std::uint64_t kMostOfAll = std::uint64_t{1} << 62U;
inline constexpr std::uint64_t kMostHops = std::uint64_t{1} << 58U;

class AmountRules {
 public:
  explicit AmountRules(const Header& header) : columns_(header.columns), rows_(header.rows) {}

  /// Throws RuleError.
  void add(const Record& record);

 private:
  /// What is summed up over all records.
  enum Sum : std::uint8_t { macs, vector_elements, divides, reads, writes, bytes, hops, cycles, parameters };
  static constexpr std::size_t kSums = 9;

  void add(const Record& record, Sum sum, std::string_view field, const Amount& amount, std::uint64_t factor);
  void add(const Record& record, Sum sum, std::string_view field, std::uint64_t number);

  std::uint64_t columns_;
  std::uint64_t rows_;
  std::array<std::uint64_t, kSums> sums_{};
};

}  // namespace waferloom::trace
