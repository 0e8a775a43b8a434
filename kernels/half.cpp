// SPDX-License-Identifier: Apache-2.0
#include "kernels/half.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace waferloom::kernels {

namespace {

constexpr std::uint32_t kInfinity = 0x7c00U;
constexpr std::uint32_t kNotANumber = 0x7e00U;
constexpr std::uint32_t kSingleInfinity = 0x7f800000U;
constexpr std::uint32_t kMagnitude = 0x7fffffffU;
constexpr float kFirstTooLarge = 65520.0F;  ///< half way beyond the largest number, 65504
constexpr int kSmallestExponent = -24;      ///< of a subnormal number's last bit
constexpr int kFractionBits = 10;
constexpr int kBias = 15;
constexpr std::uint32_t kFraction = 0x3ffU;

}  // namespace

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  if ((bits & kMagnitude) > kSingleInfinity) return static_cast<std::uint16_t>(sign | kNotANumber);
  const float magnitude = std::fabs(value);
  if (magnitude >= kFirstTooLarge) return static_cast<std::uint16_t>(sign | kInfinity);
  if (magnitude == 0) return static_cast<std::uint16_t>(sign);
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude = m * 2^exponent, 0.5 <= m < 1
  // The last bit's weight; std::nearbyint rounds ties to even.
  const int last = std::max(exponent - 1 - kFractionBits, kSmallestExponent);
  const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, -last)));
  // Steps run through subnormal and normal numbers alike: an exponent's carry is the next one's beginning.
  const std::uint32_t base = static_cast<std::uint32_t>(last - kSmallestExponent) << kFractionBits;
  return static_cast<std::uint16_t>(sign | (base + steps));
}

float from_half(std::uint16_t bits) {
  const std::uint32_t exponent = (bits >> 10U) & 0x1fU;
  const std::uint32_t fraction = bits & kFraction;
  const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x1fU) return fraction != 0 ? std::nanf("") : sign * HUGE_VALF;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), kSmallestExponent);
  return sign * std::ldexp(static_cast<float>(fraction + kFraction + 1),
                           static_cast<int>(exponent) - kBias - kFractionBits);
}

}  // namespace waferloom::kernels
