// SPDX-License-Identifier: Apache-2.0
// The contract of a router model. One object holds all routers of a region, so that a cycle walks contiguous
// state; the Router modules of the SystemC hierarchy are handles into it.
//
// Timing contract, the same for every model:
//   - A cycle has two phases. decide: every active router chooses what to send, reading only the state at the
//     cycle's start. commit: all choices take effect. A result therefore never depends on evaluation order.
//   - A wavelet sent in cycle t stands in the neighbour's input queue from cycle t + hop latency.
//   - Flow control is by credits, one per queue slot; a slot freed in cycle t can be refilled by a send in t
//     + 1.
//   - Routers with nothing to send are not visited; next_cycle() says when the array has to run again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/change_list.hpp"
#include "core/direction.hpp"
#include "core/geometry.hpp"
#include "core/ramp.hpp"
#include "core/wavelet.hpp"
#include "fabric/parameters.hpp"
#include "fabric/route.hpp"

namespace waferloom::fabric {

/// What lies beyond a port that leaves the region: a router of another region or an I/O channel.
class BoundaryLink {
 public:
  virtual ~BoundaryLink() = default;
  /// A wavelet leaves through this port; it arrives in cycle `arrival`.
  virtual void send(const core::Wavelet& wavelet, core::Cycle arrival) = 0;
  /// A slot of the queue that this link feeds was freed in `cycle`.
  virtual void return_credit(core::Color color, core::Cycle cycle) = 0;
  /// Wavelets per color that the far side can hold when empty.
  [[nodiscard]] virtual std::uint32_t credits() const = 0;
};

/// A router that still holds wavelets, for reports of a run that is stuck.
struct BlockedQueue {
  std::uint32_t tile = 0;
  core::Direction input = core::Direction::north;
  core::Color color = 0;
  std::uint32_t wavelets = 0;
  core::DirectionSet waits_for;  ///< outputs that have not taken the head wavelet; empty: not selected
};

/// What an observer sees of one of a router's ports between two cycles.
struct OutputView {
  core::Color last = 0;  ///< color sent last
  bool wanted = false;   ///< a wavelet waits to go this way
  bool busy = false;     ///< a narrow link still carries one
};

/// What an observer sees of a router between two cycles.
struct RouterView {
  std::array<OutputView, core::kDirections> outputs;
  std::uint32_t queued = 0;  ///< wavelets in all queues
};

/// One input queue of one color: a ring of which `front` is the first filled place.
struct QueueView {
  core::Color color = 0;
  core::Direction input = core::Direction::north;
  std::uint32_t front = 0;
  std::uint32_t count = 0;
  std::uint32_t ring = 0;    ///< places
  std::uint32_t newest = 0;  ///< payload of the wavelet that came last
  bool control = false;      ///< it is a control wavelet
};

class RouterArray : public core::RouterRamp {
 public:
  /// Notes from here on each watched router of which view(), list_queues() or queued() tell something else, and as a
  /// bit for each output (1 << direction) whether it has sent.
  void report_changes(core::ChangeList& list) { changes_ = &list; }

  /// Joins the port `towards` to a router of the same region; called once for each end.
  virtual void connect_neighbour(std::uint32_t tile, core::Direction towards, std::uint32_t neighbour,
                                 std::uint32_t extra_latency_cycles) = 0;
  /// Joins the port to what lies beyond the region.
  virtual void connect_boundary(std::uint32_t tile, core::Direction towards, BoundaryLink& link,
                                std::uint32_t extra_latency_cycles) = 0;
  virtual void connect_pe(core::PeRamp& pe) = 0;

  /// Sets the route of a color; throws core::InputError when it contradicts the one already set.
  virtual void set_route(std::uint32_t tile, core::Color color, const Route& route) = 0;

  /// A wavelet that comes from beyond the region arrives in the current cycle (before step).
  virtual void arrive(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet) = 0;
  /// A slot beyond the region, fed by port `output`, is free again.
  virtual void return_credit(std::uint32_t tile, core::Direction output, core::Color color) = 0;

  /// One cycle: arrivals, decide, commit.
  virtual void begin_cycle(core::Cycle cycle) = 0;
  virtual void step(core::Cycle cycle) = 0;
  /// Next cycle with work, core::kNever when idle.
  [[nodiscard]] virtual core::Cycle next_cycle(core::Cycle now) const = 0;

  /// Wavelets sent so far through a port.
  [[nodiscard]] virtual std::uint64_t sent(std::uint32_t tile, core::Direction output) const = 0;
  /// Wavelets sent over links between routers (hops), in all.
  [[nodiscard]] virtual std::uint64_t hops() const = 0;
  [[nodiscard]] virtual std::vector<BlockedQueue> blocked() const = 0;
  [[nodiscard]] virtual RouterView view(std::uint32_t tile) const = 0;
  /// All queues that routes of a router use are appended to `queues`, in an order that does not change.
  virtual void list_queues(std::uint32_t tile, std::vector<QueueView>& queues) const = 0;
  /// Wavelets of a color in a router's queues.
  [[nodiscard]] virtual std::uint32_t queued(std::uint32_t tile, core::Color color) const = 0;
  /// Inputs from which a color is taken at present; none where it has no route.
  [[nodiscard]] virtual core::DirectionSet inputs(std::uint32_t tile, core::Color color) const = 0;

 protected:
  void note_change(std::uint32_t tile, std::uint8_t sent = 0) {
    if (changes_ != nullptr) [[unlikely]]
      changes_->note(tile, sent);
  }

 private:
  core::ChangeList* changes_ = nullptr;
};

}  // namespace waferloom::fabric
