// SPDX-License-Identifier: Apache-2.0
// When a column carried words of a stream.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "wafer/burst/engine/ticks.hpp"

namespace waferloom::burst {

struct Carried {
  std::uint32_t record = 0;
  Ticks start = 0;
  Ticks end = 0;
};

/// A column's words of a stream follow one another.
inline void carry(std::vector<Carried>& carried, std::uint32_t record, Ticks start, Ticks end) {
  if (carried.empty() || carried.back().record != record) {
    carried.push_back({record, start, end});
  } else {
    carried.back().end = std::max(carried.back().end, end);
  }
}

}  // namespace waferloom::burst
