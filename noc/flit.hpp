// SPDX-License-Identifier: Apache-2.0
// A flit of a packet network, in eight bytes: what a router needs to know of it and what its sink measures.
#pragma once

#include <cstdint>

#include "core/geometry.hpp"

namespace waferloom::noc {

class Flit {
 public:
  static constexpr std::uint32_t kCoordinateBits = 14;  // meshes of up to 16384 x 16384 nodes

  Flit() = default;
  /// A body flit; mark_head and mark_tail make it more.
  Flit(core::Coordinate destination, std::uint32_t birth, bool measured)
      : word_(destination.x | destination.y << kCoordinateBits | (measured ? kMeasured : 0)), birth_(birth) {}

  [[nodiscard]] std::uint32_t x() const { return word_ & kMask; }
  [[nodiscard]] std::uint32_t y() const { return (word_ >> kCoordinateBits) & kMask; }
  [[nodiscard]] bool head() const { return (word_ & kHead) != 0; }
  [[nodiscard]] bool tail() const { return (word_ & kTail) != 0; }
  [[nodiscard]] bool measured() const { return (word_ & kMeasured) != 0; }
  /// Cycle in which its packet was generated, modulo 2^32.
  [[nodiscard]] std::uint32_t birth() const { return birth_; }

  void mark_head() { word_ |= kHead; }
  void mark_tail() { word_ |= kTail; }

 private:
  static constexpr std::uint32_t kMask = (1U << kCoordinateBits) - 1;
  static constexpr std::uint32_t kHead = 1U << 28U;
  static constexpr std::uint32_t kTail = 1U << 29U;
  static constexpr std::uint32_t kMeasured = 1U << 30U;

  std::uint32_t word_;
  std::uint32_t birth_;
};

}  // namespace waferloom::noc
