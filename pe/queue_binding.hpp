// SPDX-License-Identifier: Apache-2.0
// Which color a queue of a PE takes or sends.
#pragma once

#include <cstdint>

#include "core/wavelet.hpp"

namespace waferloom::pe {

/// Which queue a color is bound to.
struct QueueBinding {
  core::Color color = 0;
  std::uint8_t queue = 0;
};

}  // namespace waferloom::pe
