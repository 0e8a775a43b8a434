// SPDX-License-Identifier: Apache-2.0
// Amounts of records (trace/record.hpp), with the shares of their partitions worked out once: a step asks for five of
// them, each of up to three shares, and records of all layers partition the same totals.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/geometry.hpp"
#include "trace/quantities.hpp"

namespace waferloom::wafer {

/// An amount of a record.
struct AmountTable {
  std::uint64_t scale = 0;
  /// By column, row and block; nullptr: not partitioned.
  const std::uint64_t* x = nullptr;
  const std::uint64_t* y = nullptr;
  const std::uint64_t* block = nullptr;
  const trace::Amount* amount = nullptr;  ///< itself, where the blocks are too many for a table
  core::Rectangle area;
  std::uint64_t blocks = 0;

  /// `at`: within the tiles that it is shared among.
  [[nodiscard]] std::uint64_t value(core::Coordinate at, std::uint64_t block_index) const {
    if (amount != nullptr) return amount->value(at.x, area.width, at.y, area.height, block_index, blocks);
    std::uint64_t v = scale;
    if (x != nullptr) v *= x[at.x];
    if (y != nullptr) v *= y[at.y];
    if (block != nullptr) v *= block[block_index];
    return v;
  }
};

class ShareTables {
 public:
  /// Good for as long as this and the record. `area`: the tiles that share the amount.
  [[nodiscard]] AmountTable of(const trace::Amount& amount, const trace::Record& record,
                               const core::Rectangle& area) {
    if (amount.scale == 0) return {};
    if (record.blocks > kMostParts) {
      return {amount.scale, nullptr, nullptr, nullptr, &amount, area, record.blocks};
    }
    return {amount.scale,
            shares(amount.x, area.width),
            shares(amount.y, area.height),
            shares(amount.block, record.blocks),
            nullptr,
            {},
            0};
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
