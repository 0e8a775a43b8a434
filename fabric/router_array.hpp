// SPDX-License-Identifier: Apache-2.0
// The contract of a router model. One module holds all routers of a region, so that a cycle walks contiguous
// state. Its ports lead to the region's PEs and, over the edges, to other regions and to I/O channels. A router
// without a route takes no more than an index.
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

#include "core/direction.hpp"
#include "core/error.hpp"
#include "core/geometry.hpp"
#include "core/lists/change_list.hpp"
#include "core/ramp.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "fabric/edge.hpp"
#include "fabric/parameters.hpp"
#include "fabric/route.hpp"

namespace waferloom::fabric {

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

class RouterArray : public sc_core::sc_module, public core::RouterRamp, public EdgeRouters {
 public:
  sc_core::sc_port<core::PeRamp> pes;
  /// What lies beyond each edge of the region.
  std::array<EdgePort, core::kNeighbours> edges;

  /// Notes from here on each watched router of which view(), list_queues() or queued() tell something else, and as a
  /// bit for each output (1 << direction) whether it has sent.
  void report_changes(core::ChangeList& list) { changes_ = &list; }

  /// Beyond the edge lies a region that covers `far`, bound first to the edge's port. After elaboration, before any
  /// route is set.
  virtual void join_region(core::Direction edge, const core::Rectangle& far) = 0;
  /// Port `towards` of a router at the wafer's edge leads to the I/O channel bound as number `channel` to the edge's
  /// port.
  virtual void join_channel(std::uint32_t tile, core::Direction towards, int channel) = 0;

  /// Sets the route of a color; throws core::InputError when it contradicts the one already set.
  virtual void set_route(std::uint32_t tile, core::Color color, const Route& route) = 0;

  /// One cycle: arrivals, decide, commit.
  virtual void begin_cycle(core::Cycle cycle) = 0;
  virtual void step(core::Cycle cycle) = 0;
  /// Next cycle with work, core::kNever when idle.
  [[nodiscard]] virtual core::Cycle next_cycle(core::Cycle now) const = 0;

  /// Wavelets sent so far through each port.
  [[nodiscard]] virtual std::array<std::uint64_t, core::kDirections> sent(std::uint32_t tile) const = 0;
  [[nodiscard]] std::uint64_t sent(std::uint32_t tile, core::Direction output) const {
    return sent(tile)[core::index_of(output)];
  }
  /// A router's.
  struct Sent {
    std::uint32_t tile = 0;
    std::array<std::uint64_t, core::kDirections> wavelets{};
  };
  /// Those of all routers that have a route, in an order that does not change: in one go through memory, where tile by
  /// tile each waits for it.
  [[nodiscard]] virtual std::vector<Sent> sent_by_all() const = 0;
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

  /// What a checkpoint keeps of a router, between two cycles. Where it is read, routes are laid and the PE's queues are
  /// bound as they were. Throws core::InputError where a model cannot.
  virtual void archive(core::State& state, std::uint32_t tile) {
    static_cast<void>(state), static_cast<void>(tile);
    throw core::InputError("fabric.router: expected a router model that can be kept in a checkpoint");
  }
  /// And of what belongs to no router: what is under way on links of the tiles `of`, and sums. Where it is read, it takes
  /// what concerns its own tiles; sums go to whoever has the first tile. Up to `now`, all is done.
  virtual void archive_between(core::State& state, const core::Rectangle& of, core::Cycle now) {
    static_cast<void>(state), static_cast<void>(of), static_cast<void>(now);
  }

 protected:
  explicit RouterArray(const sc_core::sc_module_name& name)
      : sc_module(name),
        pes("pes"),
        edges{EdgePort("north"), EdgePort("south"), EdgePort("west"), EdgePort("east")} {}

  void note_change(std::uint32_t tile, std::uint8_t sent = 0) {
    if (changes_ != nullptr) [[unlikely]]
      changes_->note(tile, sent);
  }

 private:
  core::ChangeList* changes_ = nullptr;
};

}  // namespace waferloom::fabric
