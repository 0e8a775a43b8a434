// SPDX-License-Identifier: Apache-2.0
// What a PeArray asks of a module that stands in the place of one of its PEs (pe/tile_ramp.hpp).
#pragma once

#include "core/wavelet.hpp"

namespace waferloom::pe {

class OwnPe {
 public:
  virtual ~OwnPe() = default;
  /// A cycle in which a wavelet can be used for the first time, room has come about, or which PeArray::visit_in asked
  /// for; before the routers act. Gives the next cycle for which it asks, core::kNever for none.
  [[nodiscard]] virtual core::Cycle visit(core::Cycle cycle) = 0;
  /// Wavelets of an input queue, from its front, that the module knows of already.
  [[nodiscard]] virtual std::uint32_t known(std::uint8_t queue) const = 0;
};

}  // namespace waferloom::pe
