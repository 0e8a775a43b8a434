// SPDX-License-Identifier: Apache-2.0
// FP16 numbers (IEEE 754 binary16) as bits: to and from FP32, rounded to nearest, ties to even.
#pragma once

#include <cstdint>

namespace waferloom::kernels {

[[nodiscard]] std::uint16_t to_half(float value);
[[nodiscard]] float from_half(std::uint16_t bits);

}  // namespace waferloom::kernels
