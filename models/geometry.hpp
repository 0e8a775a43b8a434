// SPDX-License-Identifier: Apache-2.0
// How a training step lies on the rectangle: features over columns, tokens over rows, heads over columns.
#pragma once

#include <cstdint>

#include "models/strategy.hpp"

namespace waferloom::models {

struct Geometry {
  std::uint32_t columns = 0;            ///< used; features are spread over them
  std::uint32_t rows = 0;               ///< used; tokens are spread over them
  std::uint64_t tokens = 0;             ///< on the wafer at once: batch x sequence
  std::uint64_t batch = 0;              ///< sequences on the wafer at once
  std::uint64_t sequence = 0;           ///< tokens
  std::uint32_t rows_per_sequence = 1;  ///< rows that share a sequence; 1 also when a row holds several
  std::uint64_t heads_per_column = 1;   ///< whole heads in a column, 1 when a head spans columns
  std::uint32_t columns_per_head = 1;   ///< columns that a head spans, 1 when a column holds whole heads

  [[nodiscard]] std::uint64_t tokens_per_row() const { return (tokens + rows - 1) / rows; }
  [[nodiscard]] std::uint64_t per_column(std::uint64_t features) const {
    return (features + columns - 1) / columns;
  }
};

/// Largest n <= limit that divides `whole` or that `whole` divides; 0 if none.
[[nodiscard]] std::uint32_t largest_fit(std::uint32_t limit, std::uint64_t whole);

/// Tokens of a sequence: the workload's, or the model's own.
[[nodiscard]] std::uint64_t sequence_of(const LoweringRequest& request);

/// Throws core::InputError where micro-batches do not divide the batch.
void check_micro_batch(const WorkloadParameters& workload);

/// The largest part of the rectangle on which heads fit columns and sequences fit rows without remainder.
/// Throws core::InputError when there is none.
[[nodiscard]] Geometry make_geometry(const LoweringRequest& request);

}  // namespace waferloom::models
