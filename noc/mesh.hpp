// SPDX-License-Identifier: Apache-2.0
// A mesh of packet routers as a SystemC hierarchy: `mesh.region_0_0` and so on, each the routers and nodes of
// a rectangle with one process, joined by ports to their neighbours. Router models that carry packets (`xy`)
// run here; those that carry wavelets between PEs run on a Wafer.
#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "checkpoint/keeper.hpp"
#include "core/geometry.hpp"
#include "core/region_grid.hpp"
#include "core/simulation_parameters.hpp"
#include "core/state/state.hpp"
#include "noc/mesh_border.hpp"
#include "noc/network_parameters.hpp"
#include "noc/packet_router_array.hpp"
#include "ranks/pack.hpp"
#include "ranks/partition.hpp"

namespace waferloom::noc {

/// What a region offers to its neighbours.
class MeshEdge : public virtual sc_core::sc_interface {
 public:
  /// Flits and credits come over the edge `edge`, for cycles to come.
  virtual void post(core::Direction edge, const EdgeBox& box) = 0;
};

class MeshRegion : public sc_core::sc_module, public MeshEdge {
 public:
  MeshRegion(const sc_core::sc_module_name& name, core::Rectangle area, sc_core::sc_time period,
             std::unique_ptr<PacketRouterArray> routers, std::function<void(std::exception_ptr)> on_error);

  /// To the neighbours; unbound at the mesh's edges.
  std::array<sc_core::sc_port<MeshEdge, 1, sc_core::SC_ZERO_OR_MORE_BOUND>, core::kNeighbours> links;

  [[nodiscard]] core::Rectangle area() const { return area_; }
  [[nodiscard]] PacketRouterArray& routers() { return *routers_; }
  [[nodiscard]] const PacketRouterArray& routers() const { return *routers_; }

  /// Begins a run; the process runs first in the cycle in which the traffic starts.
  void start(const Traffic& traffic);
  void post(core::Direction edge, const EdgeBox& box) override;

  /// The same in the midst of a run, of which a checkpoint kept all nodes; then what it kept (noc/mesh_archive.cpp), and
  /// once all is read, it runs on. See PacketRouterArray.
  void start_at(const Traffic& traffic, core::Cycle now);
  [[nodiscard]] std::vector<std::byte> kept(core::Cycle now);
  void read(const core::Rectangle& of, std::span<const std::byte> bytes, core::Cycle now);
  void run_on(core::Cycle now);

 private:
  void request(core::Cycle cycle);
  void run();
  void simulate(core::Cycle cycle);

  core::Rectangle area_;
  std::uint64_t period_value_;
  std::unique_ptr<PacketRouterArray> routers_;
  std::function<void(std::exception_ptr)> on_error_;
  sc_core::sc_event wake_;
  core::Cycle next_ = core::kNever;
};

/// Of a mesh that ranks share, each has its regions, and every rank calls the same of these functions in the same
/// order; what they tell is of the whole mesh.
class Mesh : public sc_core::sc_module {
 public:
  /// `share`: none: all of the mesh is here. It has to outlive this.
  Mesh(const sc_core::sc_module_name& name, const NetworkParameters& network, double clock_hz,
       const core::SimulationParameters& simulation, const ranks::Share* share = nullptr);
  ~Mesh() override;

  /// First cycle that has not been simulated.
  [[nodiscard]] core::Cycle now() const { return now_; }
  /// Begins a run of `traffic` in the present cycle, with empty queues. May be called again after it.
  void start(const Traffic& traffic);
  /// Simulates all cycles before `cycle`. Rethrows what a process threw. Ranks post what crosses to their neighbours
  /// after every second cycle: nothing acts elsewhere before (noc/packet_router_array.hpp), and no others have to wait.
  void run_until(core::Cycle cycle);
  /// On all ranks: appends what a checkpoint keeps of the regions.
  void keep(std::vector<checkpoint::Section>& sections);
  /// Instead of start(), once per process: the run goes on from the cycle in which it was kept.
  void take_up(const Traffic& traffic, core::Cycle now, const checkpoint::Keeper& keeper);

  /// Of this rank.
  [[nodiscard]] const std::vector<std::unique_ptr<MeshRegion>>& regions() const { return regions_; }
  [[nodiscard]] std::uint64_t hops() const;
  [[nodiscard]] std::uint64_t busiest_link() const;
  /// Flits sent over each link, by node, row by row.
  [[nodiscard]] std::vector<SentFlits> sent() const;
  [[nodiscard]] std::uint64_t flits_held() const;
  /// Of every node, row by row: the age of the first packet in its source's queue.
  [[nodiscard]] std::vector<core::Cycle> lags() const;
  [[nodiscard]] bool all_measured_begun() const;
  [[nodiscard]] TrafficCounts counts() const;
  [[nodiscard]] LatencyHistogram latencies() const;

 private:
  void advance(core::Cycle cycle);
  void advance_shared(core::Cycle cycle);
  /// What every rank gives, on every rank; `own` alone where there are no others.
  [[nodiscard]] std::vector<ranks::Bytes> of_all(ranks::Packer own) const;
  [[nodiscard]] std::uint64_t sum_of_all(std::uint64_t own) const;
  /// What `list` appends for the routers of a region, one Value each, row by row of the whole mesh.
  template <class Value>
  [[nodiscard]] std::vector<Value> by_node(
      const std::function<void(const PacketRouterArray&, std::vector<Value>&)>& list) const;

  std::uint64_t period_value_;
  core::RegionGrid grid_;
  const ranks::Share* share_;
  std::unique_ptr<MeshBorder> border_;  ///< none: no other rank has regions
  std::vector<std::unique_ptr<MeshRegion>> regions_;
  std::vector<MeshRegion*> by_number_;  ///< of the grid; nullptr: on another rank
  core::Cycle now_ = 0;
  std::exception_ptr error_;
};

}  // namespace waferloom::noc
