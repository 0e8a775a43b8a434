// SPDX-License-Identifier: Apache-2.0
// The small port interface at which the fabric and the PEs meet: a tile's ramp, seen from either side.
// Both sides hold their state in arrays per region. Calls on the hot path name a color at a tile, or a queue,
// by the handle that the other side gave when the queues were bound.
//
// Timing contract: calls made in cycle t take effect at the callee in cycle t + 1 or as stated, except that a
// slot freed in the PE's input queue may be filled by its own router in the same cycle (the PE acts before
// its router).
#pragma once

#include <cstdint>
#include <span>
#include <systemc>

#include "core/wavelet.hpp"

namespace waferloom::core {

/// No color is routed, or no queue bound, at this end of the ramp.
inline constexpr std::uint32_t kNoRamp = 0xffffffff;
/// Longest time ahead for which a wavelet can be announced to a router.
inline constexpr Cycle kMostCyclesAhead = 63;

/// The router's side, called by the PE.
class RouterRamp : public virtual sc_core::sc_interface {
 public:
  /// Handle of a color at a tile for the calls below; kNoRamp where the color has no route.
  [[nodiscard]] virtual std::uint32_t ramp(std::uint32_t tile, Color color) const = 0;
  /// Binds the PE's queues, also anew during a run (no slots: no longer): wavelets of the color go to `queue`,
  /// which has `slots`; those of `ramp`'s own color that the PE injects come from `queue`.
  virtual void bind_input(std::uint32_t ramp, std::uint32_t queue, std::uint32_t slots) = 0;
  virtual void bind_output(std::uint32_t ramp, std::uint32_t queue) = 0;
  /// Puts a wavelet into the router's ramp queue in cycle `arrival`, which lies ahead by less than 64 cycles;
  /// the caller must hold a credit for its color.
  virtual void inject(std::uint32_t ramp, std::uint32_t data, bool control, Cycle arrival) = 0;
  /// The PE took a wavelet out of the input queue bound to `ramp`.
  virtual void return_input_credit(std::uint32_t ramp) = 0;
};

/// A wavelet for a queue of a PE.
struct Delivery {
  std::uint32_t queue = 0;
  std::uint32_t data = 0;
  bool control = false;
};

/// The PE's side, called by the router: with all of a cycle at once, as most of it has left the caches since the last one.
class PeRamp : public virtual sc_core::sc_interface {
 public:
  /// Puts wavelets into input queues, each of which had a credit for it.
  virtual void deliver(std::span<const Delivery> deliveries, Cycle cycle) = 0;
  /// The router freed a slot of each ramp queue that one of `queues` feeds.
  virtual void return_output_credits(std::span<const std::uint32_t> queues, Cycle cycle) = 0;
};

}  // namespace waferloom::core
