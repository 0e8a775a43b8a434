// SPDX-License-Identifier: Apache-2.0
// Watches the engine of fidelity `burst` between two events, and changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/geometry.hpp"
#include "wafer/burst/engine/ticks.hpp"
#include "wafer/scenario/hardware.hpp"

namespace waferloom::burst {

class Drains;
class Engine;
class Feeds;
struct CoarseTrace;

class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  /// Something has happened at a tile of the grid.
  virtual void visited(std::uint32_t tile) = 0;
  /// All that happens at `time` has.
  virtual void complete(Ticks time) = 0;
  /// The run ended at `time`.
  virtual void finish(Ticks time) = 0;
  /// What follows is of no interest: the run may stop.
  [[nodiscard]] virtual bool satisfied() const = 0;
};

/// What can be watched; good for as long as the run takes.
struct Observed {
  const wafer::Hardware& hardware;
  core::Rectangle program;
  const CoarseTrace& coarse;
  const Engine& engine;
  const Feeds& feeds;
  const Drains& drains;
};

using ObserverFactory = std::function<std::unique_ptr<EngineObserver>(const Observed&)>;
/// Either may be empty.
[[nodiscard]] ObserverFactory both(ObserverFactory first, ObserverFactory second);

}  // namespace waferloom::burst
