// SPDX-License-Identifier: Apache-2.0
// How a training step lies on the rectangle: features over columns, tokens over rows, heads over columns.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/strategy.hpp"

namespace waferloom::models {

struct Geometry {
  std::uint32_t columns = 0;   ///< used; features are spread over them
  std::uint32_t rows = 0;      ///< used; tokens are spread over them
  std::uint64_t tokens = 0;    ///< on the wafer at once: batch x sequence
  std::uint64_t batch = 0;     ///< sequences on the wafer at once
  std::uint64_t sequence = 0;  ///< tokens
  /// Pieces of the rows, each with whole sequences: as many as sequences where each spans rows, else all rows. A row
  /// in which one sequence ends and the next begins counts to one of them.
  std::uint32_t sequence_pieces = 1;
  /// Pieces of the columns, each with whole heads of keys and values and all queries' heads that share them; likewise.
  std::uint32_t head_pieces = 1;
  /// Heads of queries in a piece: each of its columns works on the scores of all of them.
  std::uint64_t heads_per_piece = 1;

  [[nodiscard]] bool sequences_span_rows() const { return rows > sequence_pieces; }
  [[nodiscard]] bool heads_span_columns() const { return columns > head_pieces; }
  /// Rows of the longest piece.
  [[nodiscard]] std::uint32_t rows_per_sequence() const {
    return (rows + sequence_pieces - 1) / sequence_pieces;
  }
  [[nodiscard]] std::uint64_t tokens_per_row() const { return (tokens + rows - 1) / rows; }
  [[nodiscard]] std::uint64_t per_column(std::uint64_t features) const {
    return (features + columns - 1) / columns;
  }
};

/// Tiles of a line to use for `whole` heads or sequences: all if each spans tiles, else the most that hold equally
/// many; 0 if none.
[[nodiscard]] std::uint32_t largest_fit(std::uint32_t limit, std::uint64_t whole);

/// Tokens of a sequence: the workload's, or the model's own. Throws core::InputError where the model has no position
/// for the last of them.
[[nodiscard]] std::uint64_t sequence_of(const LoweringRequest& request);

/// Keys that a query of so long a sequence attends to, on average, rounded up: all, or those up to its own where the
/// workload skips what a causal mask leaves out. Throws core::InputError where the model has no such mask.
[[nodiscard]] std::uint64_t attended_keys(const Model& model, const WorkloadParameters& workload,
                                          std::uint64_t sequence);

/// Throws core::InputError where a model's attention is not that of as many heads of keys and values as of queries, over
/// as many features as the model has between layers: `strategy` lowers no other.
void require_plain_attention(const Model& model, std::string_view strategy);

/// Throws core::InputError where micro-batches do not divide the batch.
void check_micro_batch(const WorkloadParameters& workload);

/// The largest part of the rectangle on which heads span columns or columns hold equally many of them, and sequences
/// rows. Throws core::InputError when there is none.
[[nodiscard]] Geometry make_geometry(const LoweringRequest& request);

/// The same for each of workload.parts, all on the same rows and columns. Throws core::InputError when there are fewer
/// sequences than parts, or when parts of different sizes would need different rows.
[[nodiscard]] std::vector<Geometry> make_part_geometries(const LoweringRequest& request);

}  // namespace waferloom::models
