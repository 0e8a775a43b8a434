// SPDX-License-Identifier: Apache-2.0
// A line of a trace file: compact JSON, a tabulator, and the CRC-32 of the JSON as eight hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace waferloom::trace {

/// Longest line that a reader accepts, in bytes: records are far shorter, a damaged file may not be.
inline constexpr std::size_t kLongestLine = std::size_t{1} << 20U;

[[nodiscard]] std::uint32_t checksum(std::string_view text);
/// The line without its end.
[[nodiscard]] std::string make_line(std::string_view text);

}  // namespace waferloom::trace
