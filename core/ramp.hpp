// SPDX-License-Identifier: Apache-2.0
// The small port interface at which the fabric and the PEs meet: a tile's ramp, seen from either side.
// Both sides hold their state in arrays per region, so each call names the tile by its index in the region.
//
// Timing contract: calls made in cycle t take effect at the callee in cycle t + 1, except that a slot freed in
// the PE's input queue may be filled by its own router in the same cycle (the PE acts before its router).
#pragma once

#include <cstdint>
#include <systemc>

#include "core/wavelet.hpp"

namespace waferloom::core {

/// The router's side, called by the PE.
class RouterRamp : public virtual sc_core::sc_interface {
 public:
  /// Puts a wavelet into the router's ramp queue; the caller must hold a credit for its color.
  virtual void inject(std::uint32_t tile, const Wavelet& wavelet) = 0;
  /// The PE took a wavelet of `color` out of its input queue.
  virtual void return_input_credit(std::uint32_t tile, Color color) = 0;
};

/// The PE's side, called by the router.
class PeRamp : public virtual sc_core::sc_interface {
 public:
  /// Puts a wavelet into the PE's input queue; the caller must hold a credit for its color.
  virtual void deliver(std::uint32_t tile, const Wavelet& wavelet, Cycle cycle) = 0;
  /// The router freed a slot of its ramp queue for `color`.
  virtual void return_output_credit(std::uint32_t tile, Color color, Cycle cycle) = 0;
};

}  // namespace waferloom::core
