// SPDX-License-Identifier: Apache-2.0
// The numbers of a kernel's buffers, and what operations make of them. Sums and products are FP32 and rounded to the
// type of what takes them; FP16 travels two in a wavelet, the first in its low half.
#pragma once

#include <cstdint>
#include <vector>

#include "core/state/state.hpp"
#include "kernels/code.hpp"

namespace waferloom::kernels {

/// An operation whose open numbers a tile has settled.
struct Settled {
  std::int64_t a = 0;  ///< first elements
  std::int64_t b = 0;
  std::int64_t c = 0;
  std::int64_t to = 0;
  std::uint64_t length = 0;
  std::uint64_t done = 0;     ///< elements
  std::uint32_t arrived = 0;  ///< the wavelet that activated the task
};

class Values {
 public:
  /// As `fill` says.
  explicit Values(const CompiledKernel& compiled);

  /// An operation on SRAM.
  void compute(std::uint32_t tile, const CodeOperation& operation, const Settled& settled);
  /// A wavelet of an operation with an operand on the fabric: what is sent for what came.
  [[nodiscard]] std::uint32_t pass(std::uint32_t tile, const CodeOperation& operation, Settled& settled,
                                   std::uint32_t data);
  [[nodiscard]] float at(std::uint32_t tile, std::uint32_t place) const {
    return numbers_[begins_[tile] + place];
  }

  /// What a checkpoint keeps of a tile.
  void archive(core::State& state, std::uint32_t tile);

 private:
  class Elements;

  void fill(const CompiledKernel& compiled, std::uint32_t tile);
  /// `count` elements of an operation behind those that are done. `came`: of the wavelet that was taken; `sent`: of the
  /// one that is sent.
  void work(std::uint32_t tile, const CodeOperation& operation, const Settled& settled, std::uint64_t count,
            float* came, float* sent);

  [[nodiscard]] std::uint32_t pass_one(std::uint32_t tile, const CodeOperation& operation, Settled& settled,
                                       std::uint32_t data);
  [[nodiscard]] static float fixed(const CodeOperation& operation, const Slice& slice,
                                   const Settled& settled);

  std::vector<std::size_t> begins_;  ///< by tile
  std::vector<float> numbers_;
};

}  // namespace waferloom::kernels
