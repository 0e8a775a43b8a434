// SPDX-License-Identifier: Apache-2.0
// The contract of a router model that carries packets between nodes, all routers of a region in one object.
// Unlike the models of RouterArray, these know neither colors nor PEs: their ends are TrafficEndpoints.
//
// Timing contract, the same for every model:
//   - What a router sends in cycle t, flit or credit, acts elsewhere in t + 2 at the earliest. Within a cycle
//     routers are thus independent of each other, and so are regions: no result depends on the order in which
//     they are simulated.
//   - Routers with nothing that can move are not visited; next_cycle() says when the array has to run again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/direction.hpp"
#include "core/error.hpp"
#include "core/geometry.hpp"
#include "core/state/state.hpp"
#include "core/wavelet.hpp"
#include "noc/flit.hpp"
#include "noc/traffic_endpoints.hpp"

namespace waferloom::noc {

/// What crosses an edge of a region. `position` counts tiles along the edge, from its west or north end.
struct EdgeFlit {
  core::Cycle arrival;
  std::uint32_t position;
  std::uint32_t vc;
  std::uint32_t slot;  ///< of the queue that it goes to
  Flit flit;
};
struct EdgeCredit {
  core::Cycle arrival;
  std::uint32_t position;
  std::uint32_t vc;
};
struct EdgeBox {
  std::vector<EdgeFlit> flits;
  std::vector<EdgeCredit> credits;
  [[nodiscard]] bool empty() const { return flits.empty() && credits.empty(); }
};

/// Flits that a router sent over each of its links, by direction.
using SentFlits = std::array<std::uint64_t, core::kNeighbours>;

class PacketRouterArray {
 public:
  virtual ~PacketRouterArray() = default;

  /// Empties all queues and begins a run of `traffic`.
  virtual void start(const Traffic& traffic) = 0;
  /// One cycle: arrivals, sinks, sources, routers.
  virtual void step(core::Cycle cycle) = 0;
  /// Next cycle with work, core::kNever when idle.
  [[nodiscard]] virtual core::Cycle next_cycle(core::Cycle now) const = 0;

  /// What the last step sent over an edge of the region; the caller empties it.
  [[nodiscard]] virtual EdgeBox& outbox(core::Direction edge) = 0;
  /// What comes over an edge, for cycles to come; returns the earliest of them.
  virtual core::Cycle accept(core::Direction edge, const EdgeBox& box) = 0;

  [[nodiscard]] virtual TrafficEndpoints& endpoints() = 0;
  [[nodiscard]] virtual const TrafficEndpoints& endpoints() const = 0;
  /// Flits sent over links between routers (hops).
  [[nodiscard]] virtual std::uint64_t hops() const = 0;
  /// Appends what each router sent over its links, row by row.
  virtual void list_sent(std::vector<SentFlits>& sent) const = 0;
  /// Flits sent over the link that carried most of them.
  [[nodiscard]] virtual std::uint64_t busiest_link() const = 0;
  /// Flits in queues and on links of the region, those to its sinks included.
  [[nodiscard]] virtual std::uint64_t flits_held() const = 0;

  /// What a checkpoint keeps between two cycles, of which `now` is the one to come: of a router and its node, and then of
  /// what is under way to the nodes `of`, and sums. Where it is read, the run has been started; it takes what concerns its
  /// own nodes, and sums go to whoever has the first. Throws core::InputError where a model cannot.
  virtual void archive(core::State& state, std::uint32_t node) {
    static_cast<void>(state), static_cast<void>(node);
    throw core::InputError("fabric.router: expected a router model that can be kept in a checkpoint");
  }
  virtual void archive_between(core::State& state, const core::Rectangle& of, core::Cycle now) {
    static_cast<void>(state), static_cast<void>(of), static_cast<void>(now);
  }
};

}  // namespace waferloom::noc
