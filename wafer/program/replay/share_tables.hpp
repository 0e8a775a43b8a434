// SPDX-License-Identifier: Apache-2.0
// Amounts of records (trace/record.hpp), with the shares of their partitions worked out once: a step asks for five of
// them, each of up to three shares, and records of all layers partition the same totals.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/geometry.hpp"
#include "trace/record.hpp"

namespace waferloom::wafer {

/// An amount of a record.
struct AmountTable {
  std::uint64_t scale = 0;
  /// By column, row and block; nullptr: not partitioned.
  const std::uint64_t* x = nullptr;
  const std::uint64_t* y = nullptr;
  const std::uint64_t* block = nullptr;
  const trace::Record* of_many = nullptr;  ///< whose blocks are too many for a table
  const trace::Amount* amount = nullptr;   ///< then: itself

  /// `at`: within the record's area.
  [[nodiscard]] std::uint64_t value(core::Coordinate at, std::uint64_t block_index) const {
    if (of_many != nullptr) {
      const core::Rectangle& area = of_many->area;
      return amount->value(at.x, area.width, at.y, area.height, block_index, of_many->blocks);
    }
    std::uint64_t v = scale;
    if (x != nullptr) v *= x[at.x];
    if (y != nullptr) v *= y[at.y];
    if (block != nullptr) v *= block[block_index];
    return v;
  }
};

class ShareTables {
 public:
  /// Good for as long as this and the record.
  [[nodiscard]] AmountTable of(const trace::Amount& amount, const trace::Record& record) {
    if (amount.scale == 0) return {};
    if (record.blocks > kMostParts) return {amount.scale, nullptr, nullptr, nullptr, &record, &amount};
    return {amount.scale, shares(amount.x, record.area.width), shares(amount.y, record.area.height),
            shares(amount.block, record.blocks)};
  }

 private:
  static constexpr std::uint32_t kMostParts = 1U << 16U;

  const std::uint64_t* shares(std::uint64_t total, std::uint64_t parts) {
    if (total == 0) return nullptr;
    const auto [known, is_new] = tables_.try_emplace({total, parts});
    if (is_new) {
      for (std::uint64_t i = 0; i < parts; ++i) known->second.push_back(core::share(total, parts, i));
    }
    return known->second.data();
  }

  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint64_t>>
      tables_;  ///< by total and parts
};

}  // namespace waferloom::wafer
