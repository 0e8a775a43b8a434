// SPDX-License-Identifier: Apache-2.0
// A clock's period in whole femtoseconds, which is the simulation kernel's resolution.
#pragma once

#include <cstdint>

namespace waferloom::core {

/// Throws core::InputError for a clock below that resolution.
[[nodiscard]] std::uint64_t clock_period_fs(double clock_hz);

}  // namespace waferloom::core
