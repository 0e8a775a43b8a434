// SPDX-License-Identifier: Apache-2.0
#include "trace/quantities.hpp"

#include <cmath>

#include "core/wavelet.hpp"

namespace waferloom::trace {

namespace {

/// Rounded up, so that a non-empty part never vanishes. Doubles are exact for all counts below 2^53.
std::uint64_t scaled(std::uint64_t count, double density) {
  if (density >= 1.0) return count;
  return static_cast<std::uint64_t>(std::ceil(static_cast<double>(count) * density));
}

}  // namespace

std::uint64_t elements(const Record& record, std::uint32_t column, std::uint32_t row, std::uint64_t block) {
  const core::Rectangle area = sources(record);
  return record.elements.value(column, area.width, row, area.height, block, record.blocks);
}

std::uint64_t wavelets(const Record& record, std::uint32_t column, std::uint32_t row, std::uint64_t block) {
  return wavelets_of(record, elements(record, column, row, block));
}

std::uint64_t wavelets_of_blocks(const Record& record, std::uint32_t column, std::uint32_t row) {
  Amount of_one = record.elements;
  of_one.block = 0;
  const core::Rectangle area = sources(record);
  const std::uint64_t each = of_one.value(column, area.width, row, area.height, 0, record.blocks);
  if (record.elements.block == 0) return wavelets_of(record, each) * record.blocks;
  // The shares of a balanced partition are two neighbouring numbers.
  const std::uint64_t share = record.elements.block / record.blocks;
  const std::uint64_t larger = record.elements.block % record.blocks;
  return wavelets_of(record, each * share) * (record.blocks - larger) +
         wavelets_of(record, each * (share + 1)) * larger;
}

std::uint64_t wavelets_of(const Record& record, std::uint64_t elements) {
  return (scaled(elements, record.density) * record.element_bits + core::kWaveletBits - 1) /
         core::kWaveletBits;
}

std::uint64_t total(const Amount& amount, const Record& record) {
  return amount.scale * (amount.x != 0 ? amount.x : record.area.width) *
         (amount.y != 0 ? amount.y : record.area.height) * (amount.block != 0 ? amount.block : record.blocks);
}

std::uint64_t total_macs(const Record& record) { return scaled(total(record.macs, record), record.density); }

}  // namespace waferloom::trace
