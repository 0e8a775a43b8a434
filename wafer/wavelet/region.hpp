// SPDX-License-Identifier: Apache-2.0
// A rectangle of tiles simulated by one SystemC process. It runs only in cycles in which something in it can
// act; in such a cycle the I/O channels and PEs act first, then the routers decide, then they commit.
//
// What crosses to another region is posted into the receiver's inbox for a later cycle, so that the order in
// which regions run within a cycle has no influence on any result.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "core/change_list.hpp"
#include "core/geometry.hpp"
#include "fabric/io_channel.hpp"
#include "fabric/router_array.hpp"
#include "pe/pe_array.hpp"
#include "pe/sram.hpp"

namespace waferloom::wafer {

/// Told by every region of each cycle that it runs; throws to end the simulation.
class CycleMonitor {
 public:
  virtual ~CycleMonitor() = default;
  virtual void on_cycle(core::Cycle cycle) = 0;
  /// An error ends the simulation; kept to be thrown outside of the kernel.
  virtual void fail(std::exception_ptr error) = 0;
};

class Region : public sc_core::sc_module {
 public:
  Region(const sc_core::sc_module_name& name, core::Rectangle area, sc_core::sc_time period,
         std::unique_ptr<fabric::RouterArray> routers, std::unique_ptr<pe::PeArray> pes,
         std::unique_ptr<pe::SramArray> srams, CycleMonitor& monitor);

  [[nodiscard]] core::Rectangle area() const { return area_; }
  [[nodiscard]] std::uint32_t index_of(core::Coordinate at) const {
    return (at.y - area_.y) * area_.width + (at.x - area_.x);
  }
  [[nodiscard]] core::Coordinate at(std::uint32_t index) const {
    return {area_.x + index % area_.width, area_.y + index / area_.width};
  }
  [[nodiscard]] fabric::RouterArray& routers() { return *routers_; }
  [[nodiscard]] pe::PeArray& pes() { return *pes_; }
  [[nodiscard]] pe::SramArray& srams() { return *srams_; }

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

  /// Posts from other regions, for a cycle to come.
  void post_wavelet(std::uint32_t tile, core::Direction input, const core::Wavelet& wavelet,
                    core::Cycle arrival);
  void post_credit(std::uint32_t tile, core::Direction output, core::Color color, core::Cycle cycle);

  /// Cycles in which the process ran.
  [[nodiscard]] std::uint64_t activations() const { return activations_; }

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

  core::Rectangle area_;
  std::uint64_t period_value_;
  std::unique_ptr<fabric::RouterArray> routers_;
  std::unique_ptr<pe::PeArray> pes_;
  std::unique_ptr<pe::SramArray> srams_;
  CycleMonitor& monitor_;
  std::vector<fabric::IoChannel*> channels_;
  core::ChangeList router_changes_;
  core::ChangeList pe_changes_;
  std::array<std::vector<Post>, kInboxSlots> inbox_;
  sc_core::sc_event wake_;
  core::Cycle next_ = core::kNever;
  std::uint64_t activations_ = 0;
};

/// The seam between two regions: one port of a router whose neighbour lies in another region.
class RegionSeam final : public fabric::BoundaryLink {
 public:
  RegionSeam(Region& far, std::uint32_t far_tile, core::Direction far_port, std::uint32_t queue_depth)
      : far_(far), far_tile_(far_tile), far_port_(far_port), depth_(queue_depth) {}
  void send(const core::Wavelet& wavelet, core::Cycle arrival) override {
    far_.post_wavelet(far_tile_, far_port_, wavelet, arrival);
  }
  void return_credit(core::Color color, core::Cycle cycle) override {
    far_.post_credit(far_tile_, far_port_, color, cycle + 1);
  }
  [[nodiscard]] std::uint32_t credits() const override { return depth_; }

 private:
  Region& far_;
  std::uint32_t far_tile_;
  core::Direction far_port_;
  std::uint32_t depth_;
};

}  // namespace waferloom::wafer
