// SPDX-License-Identifier: Apache-2.0
// Configuration section `collective`: one collective operation, as a program on the wafer would run it.
#pragma once

#include <cstdint>
#include <string>

#include "core/geometry.hpp"

namespace waferloom::collectives {

enum class Precision : std::uint8_t { fp16, fp32 };

struct CollectiveParameters {
  std::string kind = "none";              ///< see registry.cpp; none: the scenario runs no collective
  std::string algorithm = "default";      ///< the kind's first
  core::Rectangle rectangle;              ///< on the wafer; width or height 0 = the whole program area
  std::uint64_t elements = 256;           ///< of each PE's vector, or of each block that a PE sends
  Precision precision = Precision::fp32;  ///< FP16 elements travel two in a wavelet
  std::uint32_t root_x = 0;               ///< within the rectangle
  std::uint32_t root_y = 0;
  std::uint32_t distance = 1;  ///< tiles that a shift goes
  std::uint32_t group = 0;     ///< PEs of a group of two_phase; 0 = about the square root of a line
  friend bool operator==(const CollectiveParameters&, const CollectiveParameters&) = default;

  [[nodiscard]] bool runs() const { return kind != "none"; }
  [[nodiscard]] std::uint64_t wavelets() const {
    return precision == Precision::fp16 ? (elements + 1) / 2 : elements;
  }
};

}  // namespace waferloom::collectives
