// SPDX-License-Identifier: Apache-2.0
// FP16 numbers (IEEE 754 binary16) as bits: to and from FP32, rounded to nearest, ties to even. Every element of a
// kernel's values passes here, so both work on the bits alone.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace waferloom::kernels {

namespace half {

inline constexpr std::uint32_t kSign = 0x8000U;
inline constexpr std::uint32_t kInfinity = 0x7c00U;
inline constexpr std::uint32_t kNotANumber = 0x7e00U;
inline constexpr std::uint32_t kSingleInfinity = 0x7f800000U;
inline constexpr std::uint32_t kSingleMagnitude = 0x7fffffffU;
inline constexpr unsigned kSignShift = 16;      ///< from FP16 to FP32
inline constexpr unsigned kFractionShift = 13;  ///< likewise, of exponent and fraction
inline constexpr std::uint32_t kBiasShift = (127U - 15U) << 23U;
inline constexpr std::uint32_t kFirstTooLarge =
    std::bit_cast<std::uint32_t>(65520.0F);  ///< half way beyond 65504
inline constexpr std::uint32_t kFirstNormal = std::bit_cast<std::uint32_t>(0x1p-14F);

}  // namespace half

[[nodiscard]] inline std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> half::kSignShift) & half::kSign;
  const std::uint32_t magnitude = bits & half::kSingleMagnitude;
  if (magnitude >= half::kFirstTooLarge) {
    const bool is_number = magnitude <= half::kSingleInfinity;
    return static_cast<std::uint16_t>(sign | (is_number ? half::kInfinity : half::kNotANumber));
  }
  if (magnitude < half::kFirstNormal) {
    // A half's last bit is a subnormal's last bit: the sum is rounded there.
    constexpr float kHalf = 0.5F;
    const float sum = std::bit_cast<float>(magnitude) + kHalf;
    const std::uint32_t steps = std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(kHalf);
    return static_cast<std::uint16_t>(sign | steps);
  }
  // What falls away is rounded up from more than a half on, and from a half where the last bit that stays is odd; an
  // exponent's carry is the next one's beginning.
  constexpr std::uint32_t kJustBelowHalf = (1U << (half::kFractionShift - 1U)) - 1U;
  const std::uint32_t odd = (magnitude >> half::kFractionShift) & 1U;
  return static_cast<std::uint16_t>(
      sign | ((magnitude - half::kBiasShift + kJustBelowHalf + odd) >> half::kFractionShift));
}

[[nodiscard]] inline float from_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & half::kSign) << half::kSignShift;
  const std::uint32_t magnitude = bits & ~half::kSign;
  if (magnitude > half::kInfinity) return std::nanf("");
  if (magnitude == half::kInfinity) return std::bit_cast<float>(sign | half::kSingleInfinity);
  // Exponents are less by the difference of the biases; subnormal numbers are those of FP32 until then.
  const float scaled = std::bit_cast<float>(magnitude << half::kFractionShift) * 0x1p112F;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | sign);
}

}  // namespace waferloom::kernels
