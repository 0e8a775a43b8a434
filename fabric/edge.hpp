// SPDX-License-Identifier: Apache-2.0
// The interfaces at the edges of a region: how its routers reach what lies beyond, and how an I/O channel reaches
// them. A region's routers have a port of these for each edge.
//
// Timing contract: that of fabric/router_array.hpp.
#pragma once

#include <cstdint>
#include <systemc>

#include "core/direction.hpp"
#include "core/wavelet.hpp"

namespace waferloom::fabric {

/// What lies beyond an edge: the routers of another region, or an I/O channel.
class EdgeLink : public virtual sc_core::sc_interface {
 public:
  /// A wavelet comes to port `input` of router `tile` beyond the edge in cycle `arrival`. A channel is one place and
  /// has no use for `tile`.
  virtual void send(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet,
                    core::Cycle arrival) = 0;
  /// A slot of the queue that port `output` of router `tile` beyond the edge feeds was freed in `cycle`.
  virtual void return_credit(std::uint32_t tile, core::Direction output, core::Color color,
                             core::Cycle cycle) = 0;
  /// Wavelets per color that the far side can hold when empty.
  [[nodiscard]] virtual std::uint32_t credits() const = 0;
};

/// A port that leads beyond an edge of a region: to the region there, or to any number of I/O channels.
using EdgePort = sc_core::sc_port<EdgeLink, 0, sc_core::SC_ZERO_OR_MORE_BOUND>;

/// What a region's routers offer to an I/O channel at its edge.
class EdgeRouters : public virtual sc_core::sc_interface {
 public:
  /// A wavelet from beyond the region arrives in the current cycle (before the routers act).
  virtual void arrive(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet) = 0;
  /// A slot beyond the region, fed by port `output`, is free again.
  virtual void return_credit(std::uint32_t tile, core::Direction output, core::Color color) = 0;
};

}  // namespace waferloom::fabric
