// SPDX-License-Identifier: Apache-2.0
// How a router treats one color: from which ports it takes wavelets and to which it copies them, with up to
// four switch positions that control wavelets advance.
#pragma once

#include <array>
#include <cstdint>

#include "core/direction.hpp"

namespace waferloom::fabric {

inline constexpr std::size_t kMaxSwitchPositions = 4;  // WSE-2 [D]

/// When a router removes the command that it acted on from a control wavelet.
enum class PopMode : std::uint8_t { never, always, on_advance };

struct SwitchPosition {
  core::DirectionSet rx;  ///< ports from which wavelets are taken
  core::DirectionSet tx;  ///< ports to which each is copied
  friend bool operator==(const SwitchPosition&, const SwitchPosition&) = default;
};

struct Route {
  std::array<SwitchPosition, kMaxSwitchPositions> positions{};
  std::uint8_t position_count = 1;
  bool ring = false;  ///< advancing past the last position returns to the first; otherwise it stays
  PopMode pop = PopMode::never;
  friend bool operator==(const Route&, const Route&) = default;

  /// A route without switching.
  [[nodiscard]] static Route fixed(core::DirectionSet rx, core::DirectionSet tx) {
    Route route;
    route.positions[0] = {rx, tx};
    return route;
  }
};

}  // namespace waferloom::fabric
