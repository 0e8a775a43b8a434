// SPDX-License-Identifier: Apache-2.0
// Queues, microthreads and SRAM of one tile, as a kernel's code takes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/numbers.hpp"
#include "pe/parameters.hpp"

namespace waferloom::kernels {

/// Hands out queues and microthreads. A microthread that takes wavelets has the number of its input queue [D].
class TileQueues {
 public:
  TileQueues(const Kernel& kernel, const std::vector<core::Color>& colors, Numbers& numbers, TileCode& code)
      : kernel_(kernel), colors_(colors), numbers_(numbers), code_(code) {}

  /// Keeps the queues that colors with a route here ask for.
  void reserve(std::uint32_t color);
  [[nodiscard]] std::uint8_t input(std::uint32_t color, const Location& where);
  [[nodiscard]] std::uint8_t output(std::uint32_t color, const Location& where);
  /// The microthread, with its input queue, for thread `planned` of collectives, which a tile calls one after the other.
  [[nodiscard]] std::uint8_t of_collective(std::uint8_t planned, const Location& where);
  /// A microthread for what takes nothing off the fabric; the same for all that a color sends. Asked for when all
  /// input queues are known.
  [[nodiscard]] std::uint8_t sender(std::uint32_t color, const std::optional<Placed>& wanted,
                                    const Location& where);

 private:
  static constexpr std::uint8_t kMicrothreads = pe::kMainThread;
  static constexpr std::uint32_t kFree = 0xffffffff;
  static constexpr std::uint32_t kCollective =
      0x80000000;  ///< and the planned thread, in the place of a color
  [[nodiscard]] std::string name_of(std::uint32_t color) const {
    return color < kernel_.colors.size() ? kernel_.colors[color].name : "of a collective";
  }
  void keep(std::array<std::uint32_t, pe::kMaxInputQueues>& queues, const std::optional<Placed>& wanted,
            std::uint8_t most, std::uint32_t color);

  const Kernel& kernel_;
  const std::vector<core::Color>& colors_;
  Numbers& numbers_;
  TileCode& code_;
  std::array<std::uint32_t, pe::kMaxInputQueues> inputs_ = filled();
  std::array<std::uint32_t, pe::kMaxInputQueues> outputs_ = filled();
  std::array<std::uint32_t, kMicrothreads> senders_{kFree, kFree, kFree, kFree, kFree, kFree};
  std::vector<std::uint32_t> bound_inputs_;  ///< colors
  std::vector<std::uint32_t> bound_outputs_;

  static constexpr std::array<std::uint32_t, pe::kMaxInputQueues> filled() {
    std::array<std::uint32_t, pe::kMaxInputQueues> all{};
    all.fill(kFree);
    return all;
  }
};

/// Lays a tile's buffers out in its SRAM.
void lay_buffers(const Kernel& kernel, const pe::PeParameters& pe, Numbers& numbers, TileCode& code);

}  // namespace waferloom::kernels
