// SPDX-License-Identifier: Apache-2.0
// What a step is a part of and how many tiles share it: what a program knows of its steps and no PE has to. Asked for
// at fidelity `burst`, where one tile stands for several.
#pragma once

#include <cstdint>

namespace waferloom::wafer {

struct StepShare {
  std::uint32_t record = 0;
  double tiles = 1;         ///< that take turns in the step
  bool alternates = false;  ///< each in a few of the step's blocks, so that none is held up by another's turn
  /// Whose turn it is: threads of both directions meet on a tile unless the downward one's number is larger.
  std::int64_t turn = 0;
};

class StepShares {
 public:
  virtual ~StepShares() = default;
  /// Of the step that a thread of a tile was given last.
  [[nodiscard]] virtual StepShare share(std::uint32_t tile, std::uint8_t thread) const = 0;
  /// Threads of a tile that would be given none, a bit each: asking for one changes nothing.
  [[nodiscard]] virtual std::uint32_t idle(std::uint32_t tile) const = 0;
};

}  // namespace waferloom::wafer
