// SPDX-License-Identifier: Apache-2.0
// How a pipeline of layers shares out the rectangle's columns and in which order its stages work.
#pragma once

#include <cstdint>
#include <vector>

#include "models/strategy.hpp"

namespace waferloom::models {

/// SRAM per parameter: weight in FP16; gradient, master copy and Adam's two moments in FP32 (the usual
/// mixed-precision recipe; Micikevicius et al., 2018).
inline constexpr std::uint64_t kBytesPerParameter = 2 + 4 * 4;

/// Throws core::InputError when the model's state does not fit the rectangle's SRAM, with what is missing.
void check_memory(const LoweringRequest& request);

/// Rows that all stages use: as sequences fit them, and no more than tokens.
[[nodiscard]] std::uint32_t pipeline_rows(const LoweringRequest& request);

/// Columns of each stage: as many as balance the stages' estimated time per token.
struct StageColumns {
  std::uint32_t embedding = 0;
  std::uint32_t layer = 0;
  std::uint32_t loss = 0;
};

/// Throws core::InputError when there are fewer columns than stages need.
[[nodiscard]] StageColumns share_columns(const LoweringRequest& request, std::uint32_t rows);

/// One turn of a stage: the forward or backward pass of a micro-batch.
struct Turn {
  std::uint32_t stage = 0;
  std::uint32_t micro_batch = 0;
  bool backward = false;
  friend bool operator==(const Turn&, const Turn&) = default;
};

/// The stages' turns, in rounds: those of a round do not wait for one another. Each stage does its warm-up's
/// forward passes, then one backward and one forward in turn, so that stage s of n has at most n - s
/// micro-batches on their way. Without backward passes all go forward.
[[nodiscard]] std::vector<std::vector<Turn>> pipeline_rounds(std::uint32_t stages,
                                                             std::uint32_t micro_batches, bool backward);

}  // namespace waferloom::models
