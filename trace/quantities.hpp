// SPDX-License-Identifier: Apache-2.0
// What a record amounts to: wavelets of a block on a line, work of a block on a tile, totals over all of
// them. The replay, the statistics and the strategies' checks all count with these.
#pragma once

#include <cstdint>

#include "trace/record.hpp"

namespace waferloom::trace {

/// Elements of block `block` as sent on the line (or, for stream_in, to the column) at a place of the
/// record's area.
[[nodiscard]] std::uint64_t elements(const Record& record, std::uint32_t column, std::uint32_t row,
                                     std::uint64_t block);

/// Wavelets of the same: ceil(elements * density) packed into 32 bits each.
[[nodiscard]] std::uint64_t wavelets(const Record& record, std::uint32_t column, std::uint32_t row,
                                     std::uint64_t block);

/// The same over all blocks, at the cost of one.
[[nodiscard]] std::uint64_t wavelets_of_blocks(const Record& record, std::uint32_t column, std::uint32_t row);

/// Wavelets that so many elements of a record take.
[[nodiscard]] std::uint64_t wavelets_of(const Record& record, std::uint64_t elements);

/// Sum of an amount over all tiles of the area and all blocks. Exact, as an amount is a product of shares and
/// the shares along each dimension add up to its total.
[[nodiscard]] std::uint64_t total(const Amount& amount, const Record& record);

/// Multiply-accumulates of a record over all tiles and blocks, less those of weights that are not sent.
[[nodiscard]] std::uint64_t total_macs(const Record& record);

}  // namespace waferloom::trace
