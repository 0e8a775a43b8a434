// SPDX-License-Identifier: Apache-2.0
// What a PE does in a cycle, as observers see it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/wavelet.hpp"
#include "pe/step.hpp"

namespace waferloom::pe {

/// What the datapath does, or what its threads wait for.
enum class PeState : std::uint8_t {
  idle,
  arithmetic,
  sram,           ///< arithmetic at the SRAM's rate
  bank_conflict,  ///< arithmetic on operands that cannot be read together
  streaming,      ///< moving or adding wavelets
  waiting_for_input,
  blocked_on_output,
};

/// By PeState.
inline constexpr std::array<std::string_view, 7> kPeStateNames{
    "idle", "arithmetic", "sram", "bank_conflict", "streaming", "waiting_for_input", "blocked_on_output"};
[[nodiscard]] constexpr std::string_view name_of(PeState state) {
  return kPeStateNames[static_cast<std::size_t>(state)];
}

[[nodiscard]] PeState working_state(Work work, bool bank_conflict);

/// What an observer sees of a PE between two cycles.
struct PeView {
  static constexpr std::uint32_t kNoTag = 0xffffffff;
  PeState state = PeState::idle;
  std::uint32_t tag = kNoTag;        ///< of the step that it works on or that waits
  core::Cycle until = core::kNever;  ///< from here on the state is another, although nothing happens
  std::array<std::uint8_t, kMaxInputQueues> inputs{};  ///< wavelets by queue
  std::array<std::uint8_t, kMaxOutputQueues> outputs{};
};

}  // namespace waferloom::pe
