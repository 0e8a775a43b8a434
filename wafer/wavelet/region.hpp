// SPDX-License-Identifier: Apache-2.0
// A rectangle of tiles simulated by one SystemC process. It runs only in cycles in which something in it can
// act; in such a cycle the I/O channels and PEs act first, then the routers decide, then they commit.
//
// Routers, PEs and SRAM are modules of their own, joined by ports: `routers.pes` and `pes.ramp` carry every wavelet
// between a tile's router and its PE, `pes.memory` what programs allocate, `routers.edges` (by way of the region's
// `links`) what leaves the region, `boundary` what I/O channels put into it.
//
// What crosses to another region is posted into the receiver's inbox for a later cycle, so that the order in
// which regions run within a cycle has no influence on any result.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "core/geometry.hpp"
#include "core/lists/change_list.hpp"
#include "core/lists/cycle_lists.hpp"
#include "core/places.hpp"
#include "core/state/state.hpp"
#include "fabric/io_channel.hpp"
#include "fabric/router_array.hpp"
#include "fabric/router_registry.hpp"
#include "pe/memory.hpp"
#include "pe/pe_array.hpp"

namespace waferloom::wafer {

/// Told by every region of each cycle that it runs; throws to end the simulation.
class CycleMonitor {
 public:
  virtual ~CycleMonitor() = default;
  virtual void on_cycle(core::Cycle cycle) = 0;
  /// An error ends the simulation; kept to be thrown outside of the kernel.
  virtual void fail(std::exception_ptr error) = 0;
};

class Region : public sc_core::sc_module, public fabric::EdgeLink {
 public:
  /// To what lies beyond each edge: the neighbouring region, or I/O channels at the edge of the wafer.
  std::array<fabric::EdgePort, core::kNeighbours> links;
  /// For the I/O channels at its edges.
  sc_core::sc_export<fabric::EdgeRouters> boundary;

  Region(const sc_core::sc_module_name& name, core::Rectangle area, sc_core::sc_time period,
         const fabric::RouterModel& router, const fabric::FabricParameters& fabric,
         const pe::PeParameters& pe, CycleMonitor& monitor);

  [[nodiscard]] core::Rectangle area() const { return area_; }
  [[nodiscard]] std::uint32_t index_of(core::Coordinate at) const { return core::number_of(area_, at); }
  [[nodiscard]] core::Coordinate at(std::uint32_t index) const { return core::place_at(area_, index); }
  [[nodiscard]] fabric::RouterArray& routers() { return *routers_; }
  [[nodiscard]] pe::PeArray& pes() { return *pes_; }
  [[nodiscard]] const pe::SramArray& srams() const { return memory_->array(); }

  /// Notes the tile in router_changes() whenever its router has changed, in pe_changes() whenever its PE has.
  void watch_router(std::uint32_t tile);
  void watch_pe(std::uint32_t tile);
  [[nodiscard]] const core::ChangeList& router_changes() const { return router_changes_; }
  [[nodiscard]] const core::ChangeList& pe_changes() const { return pe_changes_; }
  void clear_changes() {
    router_changes_.clear();
    pe_changes_.clear();
  }

  void add_channel(fabric::IoChannel& channel) { channels_.push_back(&channel); }
  /// Runs in `cycle` at the latest.
  void request(core::Cycle cycle);
  /// The cycle in which it runs next, core::kNever if none is asked for.
  [[nodiscard]] core::Cycle next() const { return next_; }

  // EdgeLink: posts from other regions, for a cycle to come.
  void send(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet,
            core::Cycle arrival) override;
  void return_credit(std::uint32_t tile, core::Direction output, core::Color color,
                     core::Cycle cycle) override;
  [[nodiscard]] std::uint32_t credits() const override { return queue_depth_; }

  /// Cycles in which the process ran.
  [[nodiscard]] std::uint64_t activations() const { return activations_; }

  /// What a checkpoint keeps, between two cycles, the last of which is `now`: before all tiles, of a tile, and of what
  /// belongs to none (see fabric::RouterArray). It forgets its request, and asks again once all has been read.
  void begin_archive(core::State& state, core::Cycle now);
  void archive(core::State& state, std::uint32_t tile);
  void archive_between(core::State& state, const core::Rectangle& of, core::Cycle now);
  void ask_again(core::Cycle now);

 private:
  static constexpr std::size_t kInboxSlots = 128;  // longer than the longest hop
  struct Post {
    std::uint32_t tile;
    core::Direction port;
    bool is_credit;
    core::Wavelet wavelet;
  };

  void run();
  void simulate(core::Cycle cycle);
  void request_next(core::Cycle cycle);

  core::Rectangle area_;
  std::uint64_t period_value_;
  std::uint32_t queue_depth_;
  core::Cycle last_cycle_;  ///< no later one can be asked of the kernel
  std::unique_ptr<fabric::RouterArray> routers_;
  std::unique_ptr<pe::PeArray> pes_;
  std::unique_ptr<pe::Memory> memory_;
  CycleMonitor& monitor_;
  std::vector<fabric::IoChannel*> channels_;
  core::ChangeList router_changes_;
  core::ChangeList pe_changes_;
  core::CycleLists<Post, kInboxSlots> inbox_;
  sc_core::sc_event wake_;
  core::Cycle next_ = core::kNever;
  std::uint64_t activations_ = 0;
};

}  // namespace waferloom::wafer
