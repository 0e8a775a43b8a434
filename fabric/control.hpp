// SPDX-License-Identifier: Apache-2.0
// Control wavelets: up to eight commands, two bits each, lowest first. A router acts on the first command of
// a control wavelet once the wavelet has left it on every branch; in pop mode it also removes that command.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace waferloom::fabric {

enum class Command : std::uint8_t { nop = 0, switch_advance = 1, switch_reset = 2, teardown = 3 };

inline constexpr std::size_t kMaxCommands = 8;

/// Payload of a control wavelet that carries `commands` (at most kMaxCommands; missing ones are nop).
[[nodiscard]] constexpr std::uint32_t encode_commands(std::span<const Command> commands) {
  std::uint32_t payload = 0;
  for (std::size_t i = 0; i < commands.size() && i < kMaxCommands; ++i) {
    payload |= static_cast<std::uint32_t>(commands[i]) << (2 * i);
  }
  return payload;
}
[[nodiscard]] constexpr Command first_command(std::uint32_t payload) {
  return static_cast<Command>(payload & 3U);
}
[[nodiscard]] constexpr std::uint32_t pop_command(std::uint32_t payload) { return payload >> 2U; }

}  // namespace waferloom::fabric
