// SPDX-License-Identifier: Apache-2.0
// What a program knows of its threads, beyond what PEs and routers show: for messages of a run that cannot go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

/// What a program knows of its threads, beyond what PEs and routers show.
class ProgramView {
 public:
  struct Waiting {
    core::Coordinate at;
    std::uint8_t thread = 0;
    std::optional<std::uint8_t> on;  ///< thread of the same tile
    std::string reason;
  };
  virtual ~ProgramView() = default;
  /// Threads whose next step cannot begin.
  [[nodiscard]] virtual std::vector<Waiting> waiting_threads() const = 0;
  /// The thread that is still to send, or to take, wavelets of a color at a tile.
  [[nodiscard]] virtual std::optional<std::uint8_t> sender(core::Coordinate at, core::Color color) const = 0;
  [[nodiscard]] virtual std::optional<std::uint8_t> receiver(core::Coordinate at,
                                                             core::Color color) const = 0;
};

}  // namespace waferloom::wafer
