// SPDX-License-Identifier: Apache-2.0
// The names of a record's choices, as they stand in trace files, results and on the command line.
#pragma once

#include <array>
#include <string_view>

#include "trace/record.hpp"

namespace waferloom::trace {

inline constexpr std::array<std::string_view, 8> kKindNames{
    "stream_in", "stream_out", "reduce", "broadcast", "all_gather", "shift", "compute", "update"};
inline constexpr std::array<std::string_view, 4> kPhaseNames{"forward", "backward_input", "backward_weight",
                                                             "update"};
inline constexpr std::array<std::string_view, 2> kAxisNames{"x", "y"};
inline constexpr std::array<std::string_view, 4> kRootNames{"first", "last", "rotating", "alternating"};
inline constexpr std::array<std::string_view, 3> kPrecisionNames{"fp16", "mixed", "fp32"};

[[nodiscard]] constexpr std::string_view name_of(Kind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr std::string_view name_of(Phase phase) {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

}  // namespace waferloom::trace
