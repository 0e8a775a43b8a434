// SPDX-License-Identifier: Apache-2.0
// The unit of traffic on the fabric: 32 bits of payload that travel on one of the colors.
#pragma once

#include <cstdint>

namespace waferloom::core {

using Color = std::uint8_t;
using Cycle = std::uint64_t;

inline constexpr std::uint32_t kMaxColors = 32;
inline constexpr Color kNoColor = 0xff;
inline constexpr std::uint32_t kWaveletBits = 32;
inline constexpr std::uint32_t kWaveletBytes = kWaveletBits / 8;
inline constexpr Cycle kNever = ~Cycle{0};

struct Wavelet {
  std::uint32_t data = 0;  ///< payload; of a control wavelet: its commands (see fabric/control.hpp)
  Color color = 0;
  bool control = false;  ///< steers the switches of the routers that it passes
};

}  // namespace waferloom::core
