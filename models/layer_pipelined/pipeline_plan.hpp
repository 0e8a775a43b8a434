// SPDX-License-Identifier: Apache-2.0
// In which order the stages of a pipeline of layers work.
#pragma once

#include <cstdint>
#include <vector>

namespace waferloom::models {

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
