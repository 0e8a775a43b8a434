// SPDX-License-Identifier: Apache-2.0
// A wavelet that arrives in a router, and the interface for logs of such arrivals. Implemented by logs (results/wave/wavelet_log_file.hpp).
#pragma once

#include <cstdint>

#include "core/direction.hpp"
#include "core/error.hpp"
#include "core/geometry.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"

namespace waferloom::wafer {

/// A wavelet that stands in a router's queue from `cycle` on.
struct Landing {
  core::Cycle cycle = 0;
  core::Coordinate at;
  core::Color color = 0;
  core::Direction from = core::Direction::north;  ///< link, or the ramp of the tile's own PE
  std::uint32_t data = 0;
  bool control = false;
};

class LandingSink {
 public:
  virtual ~LandingSink() = default;
  virtual void write(const Landing& landing) = 0;
  /// The log is whole; throws core::HostResourceError when the disk is full.
  virtual void finish() = 0;
  /// What a checkpoint keeps: all that it was told. Where it is read, nothing was told yet.
  virtual void archive(core::State& state) {
    static_cast<void>(state);
    throw core::InputError("observe.wavelet_log: expected a sink that can be kept in a checkpoint");
  }
};

}  // namespace waferloom::wafer
